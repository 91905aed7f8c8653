//! What only looks like a thing, or shows it.

use super::all;

#[test]
fn what_a_thing_is_made_of_may_make_it_a_likeness() {
    all(&[
        ("A wooden horse.", "horse='wooden horse'"),
        ("A stone lion by a gate.", "lion='stone lion'; gate='gate'; lion Beside gate"),
        ("A bronze dog.", "dog='bronze dog' brown"),
        ("Two glass birds.", "birds='glass bird' 2-2"),
        ("A paper plane.", "plane='paper plane'"),
        ("A cardboard car.", "car='cardboard car'"),
        ("A plastic banana.", "banana='plastic banana'"),
        ("A clay elephant.", "elephant='clay elephant'"),
        ("A plastic cup.", "cup=cup"),
        ("A plastic chair near a paper kite.", "chair=chair; kite=kite; chair Beside kite"),
        ("A wooden bench.", "bench=bench"),
        ("A glass bowl.", "bowl=bowl"),
        ("A metal truck.", "truck=truck"),
    ]);
}

#[test]
fn what_a_likeness_shows_is_not_there() {
    all(&[
        ("A statue of a bear.", "statue='statue'"),
        ("A poster of two cats on a wall.", "poster='poster'; wall='wall'; poster On wall"),
        ("A man holds a picture of a dog.", "man=person; picture='picture'; man Holding picture"),
        ("He drew a drawing of a bus.", "He=?; drawing='drawing'"),
        ("A child's painting of a cow.", "painting='painting'"),
        (
            "A painting of a horse hangs over a bed.",
            "painting='painting'; bed=bed; painting Above bed",
        ),
        ("A toy of a truck.", "toy='toy'"),
        ("A mural of an elephant.", "mural='mural'"),
        ("She has a tattoo of a bird.", "She=?; tattoo='tattoo'"),
        ("Ana looks at a photo of Tomo.", "Ana=@ana; photo='photo'; Ana Watching photo"),
        ("A horse statue.", "statue='statue'"),
        (
            "A statue of a man on a horse in a park.",
            "statue='statue'; park='park'; statue Inside park",
        ),
        ("A picture of a man hangs by a dog.", "picture='picture'; dog=dog; picture Beside dog"),
        ("A man dressed as a banana.", "man=person"),
        ("A cake shaped like a boat.", "cake=cake"),
    ]);
}

#[test]
fn a_caption_speaks_of_its_own_picture() {
    all(&[
        ("A picture of a horse.", "horse=horse"),
        ("A black and white photo of two men.", "men=person 2-2"),
        ("This is a photograph of a cat on a bed.", "cat=cat; bed=bed; cat On bed"),
        ("A painting of a bowl of fruit.", "bowl=bowl; fruit=banana|apple|orange"),
        ("A man takes a picture of a zebra.", "man=person; zebra=zebra"),
        ("A woman taking photos of birds.", "woman=person; birds=bird 2+"),
    ]);
}

#[test]
fn what_is_wished_for_need_not_be_there() {
    all(&[
        ("She wants a bicycle.", "She=?"),
        ("The boy wished for a boat.", "boy=person"),
        ("The cat dreamed of a fish.", "cat=cat"),
        ("If a dog comes, the cat runs.", "cat=cat"),
        ("He imagined a huge elephant.", "He=?"),
        ("She wanted the red ball. A dog had it.", "She=?; ball=sports ball red; dog=dog"),
    ]);
}
