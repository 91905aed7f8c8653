//! Verbs that look like nouns, and verbs before the words of a place.

use super::all;

#[test]
fn a_verb_that_may_be_a_noun_leaves_the_thing_before_it() {
    all(&[
        ("A balloon floats above.", "balloon='balloon'"),
        ("The owl flies away.", "owl=bird"),
        ("A lamp hangs below.", "lamp='lamp'"),
        ("The swing swings.", "swing='swing'"),
        ("A boat sails by.", "boat=boat"),
        ("A paper bird flies high.", "bird='paper bird'"),
        ("Each kite dances above.", "kite=kite"),
        ("A bear walks nearby.", "bear=bear"),
        ("The tall tree bends.", "tree='tree'"),
        ("A clock rings.", "clock=clock"),
    ]);
}

#[test]
fn a_verb_may_stand_before_the_words_of_a_place() {
    all(&[
        ("An eagle soars over the valley.", "eagle=bird; valley='valley'; eagle Above valley"),
        ("Bats flew over the barn.", "Bats='bat' 2+; barn='barn'; Bats Above barn"),
        ("A horse leaps over the wall.", "horse=horse; wall='wall'; horse Above wall"),
        ("The drone hovered above a crowd.", "drone='drone'; crowd=person 2+; drone Above crowd"),
        ("A boy crouches next to a cow.", "boy=person; cow=cow; boy Beside cow"),
        ("The dog trots behind a cart.", "dog=dog; cart='cart'; dog Behind cart"),
        ("Two cats nap under the table.", "cats=cat 2-2; table=dining table; cats Under table"),
        ("A cow drinks beside the truck.", "cow=cow; truck=truck; cow Beside truck"),
        ("The hen waddled into the barn.", "hen=bird; barn='barn'; hen Inside barn"),
        ("A bird perches on the sign.", "bird=bird; sign='sign'; bird On sign"),
        ("A man leans against a truck.", "man=person; truck=truck; man Beside truck"),
        (
            "The girl standing next to a horse smiles.",
            "girl=person; horse=horse; girl Beside horse",
        ),
    ]);
}

#[test]
fn over_says_no_place_behind_verbs_of_the_ground_and_of_minds() {
    all(&[
        ("A boy tripped over a stone.", "boy=person; stone='stone'"),
        ("Two girls argued over a doll.", "girls=person 2-2; doll='doll'"),
        ("The man looked over the fence.", "man=person; fence='fence'"),
        ("The dog ran over the grass.", "dog=dog; grass='grass'"),
    ]);
}

#[test]
fn what_has_no_place_between_a_verb_and_its_place_does_no_harm() {
    all(&[
        (
            "Children play chess in the yard.",
            "Children=person 2+; yard='yard'; Children Inside yard",
        ),
        ("A man takes a nap on the couch.", "man=person; couch=couch; man On couch"),
        ("The dog zibbed under a bench.", "dog=dog; bench=bench; dog Under bench"),
        ("Two boys play a game on the rug.", "boys=person 2-2; rug='rug'; boys On rug"),
        (
            "A sandwich with zib lies on a plate.",
            "sandwich=sandwich; plate='plate'; sandwich On plate",
        ),
        ("The bear zabs behind the car.", "bear=bear; car=car; bear Behind car"),
        (
            "A woman shakes her head near a horse.",
            "woman=person; head='head'; horse=horse; woman Beside horse",
        ),
        ("A cat of some age sits on a chair.", "cat=cat; chair=chair; cat On chair"),
        ("They have lunch under a tree.", "They=?; tree='tree'"),
        (
            "Two owls sat side by side on a branch.",
            "owls=bird 2-2; branch='branch'; owls On branch",
        ),
        ("A girl heard a noise behind the door.", "girl=person; door='door'"),
    ]);
}

#[test]
fn a_verb_has_the_clauses_subject() {
    all(&[
        (
            "A plate with a fork and a spoon lies on a tray.",
            "plate='plate'; fork=fork; spoon=spoon; tray='tray'; plate On tray",
        ),
        (
            "A basket of apples stands beside a vase.",
            "basket='basket'; apples=apple 2+; vase=vase; basket Beside vase",
        ),
        ("The cat ran off and hid behind the sofa.", "cat=cat; sofa=couch; cat Behind sofa"),
        (
            "A vase full of tulips stands on a desk.",
            "vase=vase; tulips='tulip' 2+; desk='desk'; tulips Inside vase; vase On desk",
        ),
        ("A jar with two spoons in it.", "jar='jar'; spoons=spoon 2-2; spoons Inside jar"),
        (
            "A girl holds a kite over a dog.",
            "girl=person; kite=kite; dog=dog; girl Holding kite; kite Above dog",
        ),
        ("The dog slept next to the king's chair.", "dog=dog; chair=chair; dog Beside chair"),
        ("A frog sat inside a boot.", "frog='frog'; boot='boot'; frog Inside boot"),
        ("A boy lifted the cat onto the bed.", "boy=person; cat=cat; bed=bed; cat On bed"),
        (
            "The hen built a nest under the cart.",
            "hen=bird; nest='nest'; cart='cart'; nest Under cart",
        ),
        (
            "Somebody left a spoon in the sink.",
            "Somebody=person; spoon=spoon; sink=sink; spoon Inside sink",
        ),
        ("Behind the barn stood a tractor.", "barn='barn'; tractor='tractor'; tractor Behind barn"),
        ("A bench between two trees.", "bench=bench; trees='tree' 2-2; bench Beside trees"),
        ("A spoon fell on Tomo's cake.", "spoon=spoon; cake=cake; spoon On cake"),
    ]);
}

#[test]
fn who_speaks_or_is_left_is_read() {
    all(&[
        ("The others laughed.", ""),
        ("The animals replied.", "animals=many 2+"),
        ("The animal replies, \"Wait!\"", "animal=many"),
        ("All the other dogs barked.", "dogs=dog 2+"),
        ("Some of the others slept.", ""),
        ("The birds answered.", "birds=bird 2+"),
        ("\"Go!\" the cows agreed.", "cows=cow 2+"),
        ("One cat ate, the others slept.", "cat=cat 1-1"),
        ("The fish said nothing.", "fish='fish'"),
        ("Another horse neighed.", "horse=horse"),
    ]);
}
