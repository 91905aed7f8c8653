//! Whole readings of invented texts.

mod antecedents;
mod categories;
mod compounds;
mod denials;
mod likeness;
mod numbers;
mod relations;
mod strange;
mod verbs;

use super::*;
use std::ops::Range;

/// The claims of a text in short: `head=meaning`, then number and colour; relations; behind `no`
/// and `not` what is denied.
fn claims(text: &str) -> String {
    let lexicon = Lexicon::english();
    claims_with(&lexicon, text, &Names::default())
}

fn claims_with(lexicon: &Lexicon, text: &str, names: &Names) -> String {
    let reading = lexicon.read(text, names);
    check(text, &reading);
    let said = |thing: &Thing| {
        let number = thing.number.as_ref().map(|number| match (number.quantity, number.most) {
            (Quantity::AtLeast, None) => format!(" {}+", number.least),
            (Quantity::AtLeast, Some(most)) => format!(" {}-{most}", number.least),
            (Quantity::Exactly, _) => format!(" ={}", number.least),
            (Quantity::AtMost, most) => format!(" <={}", most.expect("an upper bound")),
        });
        let color = thing.color.as_ref().map(|(color, _)| format!(" {}", color));
        format!(
            "{}={}{}{}",
            &text[thing.head.clone()],
            meaning(&thing.concept),
            number.unwrap_or_default(),
            color.unwrap_or_default()
        )
    };
    let things = reading.things.iter().map(said);
    let head = |at: usize| &text[reading.things[at].head.clone()];
    let related = |it: &Relation| format!("{} {:?} {}", head(it.subject), it.kind, head(it.object));
    let relations = reading.relations.iter().map(related);
    let denials = reading.denials.iter().map(|denial| match denial {
        Denial::Thing { thing, tie: None, .. } => format!("no {}", said(thing)),
        Denial::Thing { thing, tie: Some(tie), .. } => match tie.role {
            Role::Subject => format!("no {} {:?} {}", said(thing), tie.kind, head(tie.thing)),
            Role::Object => format!("{} {:?} no {}", head(tie.thing), tie.kind, said(thing)),
        },
        Denial::Relation { relation, .. } => format!("not {}", related(relation)),
        Denial::Color { thing, color, .. } => format!("not {} {color}", head(*thing)),
    });
    things.chain(relations).chain(denials).collect::<Vec<_>>().join("; ")
}

fn meaning(concept: &Concept) -> String {
    match concept {
        Concept::Categories(all) if all.len() > 3 => "many".into(),
        Concept::Categories(all) => {
            let names: Vec<&str> = all.iter().map(|one| COCO_CATEGORIES[*one]).collect();
            names.join("|")
        }
        Concept::Being => "?".into(),
        Concept::Name(name) => format!("@{name}"),
        Concept::Word(word) => format!("'{word}'"),
    }
}

/// What holds of every reading of every text.
fn check(text: &str, reading: &Reading) {
    let inside = |range: &Range<usize>| text.get(range.clone()).is_some();
    let mut end = 0;
    for sentence in &reading.sentences {
        assert!(inside(sentence) && sentence.start >= end && !sentence.is_empty(), "{text}");
        end = sentence.end;
    }
    let mut start = 0;
    for thing in &reading.things {
        assert!(inside(&thing.range) && inside(&thing.head) && !thing.head.is_empty(), "{text}");
        assert!(
            thing.range.start <= thing.head.start && thing.head.end <= thing.range.end,
            "{text}"
        );
        assert!(thing.head.start >= start, "{text}");
        start = thing.head.end;
        assert!(thing.number.iter().all(|number| inside(&number.range)), "{text}");
        assert!(thing.color.iter().all(|(_, range)| inside(range) && !range.is_empty()), "{text}");
    }
    for relation in &reading.relations {
        assert!(inside(&relation.range) && !relation.range.is_empty(), "{text}");
        let things = reading.things.len();
        assert!(relation.subject < things && relation.object < things, "{text}");
        assert_ne!(relation.subject, relation.object, "{text}");
    }
    let things = reading.things.len();
    for denial in &reading.denials {
        assert!(inside(denial.range()) && !denial.range().is_empty(), "{text}");
        match denial {
            Denial::Thing { thing, tie, .. } => {
                assert!(inside(&thing.head) && thing.head.end == denial.range().end, "{text}");
                assert!(tie.is_none_or(|tie| tie.thing < things), "{text}");
            }
            Denial::Relation { relation, .. } => {
                assert!(relation.subject < things && relation.object < things, "{text}");
            }
            Denial::Color { thing, .. } => assert!(*thing < things, "{text}"),
        }
    }
}

/// Asserts what each of some texts claims.
fn all(cases: &[(&str, &str)]) {
    let wrong = cases.iter().filter_map(|(text, expected)| {
        let read = claims(text);
        (read != *expected).then(|| format!("{text}\n    read   {read}\n    wanted {expected}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nouns_mean_categories_whatever_their_form() {
    all(&[
        ("The puppies chased a kitten.", "puppies=dog 2+; kitten=cat"),
        ("Three firemen near a lorry.", "firemen=person 3-3; lorry=truck; firemen Beside lorry"),
        ("A polar bear and a teddy-bear.", "bear=bear; teddy-bear=teddy bear"),
        ("The hot dogs lay there.", "hot dogs=hot dog 2+"),
        ("A batter with a bat.", "batter=person; bat=baseball bat"),
        ("A bat hung in the cave.", "bat='bat'; cave='cave'; bat Inside cave"),
        ("A mouse beside the keyboard.", "mouse=mouse; keyboard=keyboard; mouse Beside keyboard"),
        ("The mouse ate an orange.", "mouse='mouse'; orange=orange"),
        ("An animal drank.", "animal=many"),
        ("She wore a stuffed lamb as a hat.", "She=?; lamb='stuffed lamb'; hat='hat'"),
    ]
    .map(|(text, claims)| (text, claims.replace("bear=bear; teddy", "polar bear=bear; teddy")))
    .iter()
    .map(|(text, claims)| (*text, claims.as_str()))
    .collect::<Vec<_>>());
}

#[test]
fn only_the_last_noun_of_a_compound_is_there() {
    all(&[
        ("The dog house burned.", "dog house='dog house'"),
        ("A bus driver waved.", "bus driver=person"),
        ("They sat in the kitchen chair.", "They=?; chair=chair; They Inside chair"),
        ("A toy car broke.", "toy car='toy car'"),
        ("The apple tree bloomed.", "apple tree='apple tree'"),
        ("The dog's tail wagged.", "dog=dog; tail='tail'"),
        ("The baker's cat ran.", "cat=cat"),
        ("A snow covered bench.", "bench=bench"),
        ("A banana zibbery burned.", "zibbery='zibbery'"),
        ("The man zibbed.", "man=person"),
    ]);
}

#[test]
fn verbs_and_abstract_nouns_are_no_things() {
    all(&[
        ("They watch and play until night.", "They=?"),
        ("I can bear it no longer.", "I=?"),
        ("The girls train hard and fish.", "girls=person 2+"),
        ("He had a good idea in the morning.", "He=?"),
        ("In time they fell in love.", "they=?"),
        ("The dog barks.", "dog=dog"),
        ("The girl saw a train.", "girl=person; train=train"),
        ("There are books on a bed.", "books=book 2+; bed=bed; books On bed"),
    ]);
}

#[test]
fn what_is_denied_likened_or_said_is_not_claimed() {
    all(&[
        ("There is no dog, but a cat.", "cat=cat; no dog=dog"),
        ("A street without cars or buses.", "street='street'; no cars=car 2+; no buses=bus 2+"),
        ("She did not see the horse. It saw her.", "She=?; her=?"),
        ("The cloud looks like a sheep.", "cloud='cloud'"),
        ("He ran as fast as a horse.", "He=?"),
        ("\"Bring me an umbrella!\" said the king.", "king=person"),
        ("The \"big\" cat slept.", "cat=cat"),
    ]);
}

#[test]
fn numbers_count_things() {
    all(&[
        ("A couple of dogs and 5 cats.", "dogs=dog 2-3; cats=cat 5-5"),
        ("A dozen eggs.", "eggs='egg' 12-12"),
        ("Several bunches of bananas.", "bananas=banana 2+"),
        ("A group of men with a pair of scissors.", "men=person 2+; scissors=scissors"),
        ("Both women held many books.", "women=person 2-2; books=book 3+; women Holding books"),
        ("One of the boys.", "boys=person"),
        ("One boy.", "boy=person =1"),
        ("Five sheep and a crowd.", "sheep=sheep 5-5; crowd=person 2+"),
        ("A picture of two zebras.", "zebras=zebra 2-2"),
        ("In 1999 he bought a two-year-old horse.", "he=?; horse=horse"),
    ]);
    let reading = Lexicon::english().read("A couple of dogs, two cats, birds.", &Names::default());
    let ranges: Vec<Range<usize>> =
        reading.things.iter().filter_map(|t| t.number.as_ref().map(|n| n.range.clone())).collect();
    assert_eq!(ranges, [0..11, 18..21, 28..28]);
}

#[test]
fn colours_belong_to_one_thing() {
    all(&[
        ("Two red fire hydrants.", "fire hydrants=fire hydrant 2-2 red"),
        ("A dark green car near a crimson bus.", "car=car green; bus=bus red; car Beside bus"),
        ("The horse is very black.", "horse=horse black"),
        ("A black and white cow.", "cow=cow"),
        ("The black man has an orange.", "man=person; orange=orange"),
        ("An orange umbrella.", "umbrella=umbrella orange"),
        ("The bus was not blue.", "bus=bus; not bus blue"),
        ("The kites are red, blue and green.", "kites=kite 2+"),
    ]);
    let text = "Two red fire hydrants.";
    let reading = Lexicon::english().read(text, &Names::default());
    let thing = &reading.things[0];
    assert_eq!((thing.range.clone(), thing.head.clone()), (0..21, 8..21));
    assert_eq!(thing.color, Some((Color::Red, 4..7)));
}

#[test]
fn names_are_known_by_their_capitals() {
    let lexicon = Lexicon::english();
    let story = ["Mira ran. Then Mira Lind met her friend Mr. Brook.", "Tomo saw Cat in Arden."];
    let names = Names::from_texts(story);
    let claims = |text: &str| claims_with(&lexicon, text, &names);
    assert_eq!(claims(story[0]), "Mira=@mira; Mira Lind=@mira lind; friend=person; Brook=@brook");
    assert_eq!(claims(story[1]), "Tomo=@tomo; Cat=cat");
    assert_eq!(claims("Mira's mother slept. Mama sang."), "mother=person; Mama=person");
    assert_eq!(claims("THERE IS A MAN WALKING"), "MAN=person");
    assert_eq!(claims("Raven and Cat met. Chicken was glad."), "Raven=bird; Cat=cat; Chicken=bird");
    assert_eq!(claims("The Lost Kite Of Arden"), "Kite=kite");
    let mut given = Names::default();
    given.insert("Rose");
    assert_eq!(claims_with(&lexicon, "Rose saw a rose.", &given), "Rose=@rose; rose='rose'");
}

#[test]
fn pronouns_are_beings_where_they_are_not_things() {
    all(&[
        ("Her horse likes her.", "horse=horse; her=?"),
        ("The boys ran. They laughed.", "boys=person 2+; They=?"),
        ("The bananas are ripe. They are sweet.", "bananas=banana 2+"),
        ("It is hers. You can see it.", ""),
    ]);
}

#[test]
fn unknown_nouns_are_things_only_where_a_noun_must_be() {
    all(&[
        ("The old zib is near a door.", "zib='zib'; door='door'; zib Beside door"),
        ("They zibbed and were glad.", "They=?"),
        ("Two zibs.", "zibs='zib' 2-2"),
    ]);
}
