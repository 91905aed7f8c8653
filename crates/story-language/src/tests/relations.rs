//! Where things are to one another.

use super::all;

#[test]
fn relations_go_from_subject_to_object() {
    all(&[
        ("A cat is sleeping on top of the tv.", "cat=cat; tv=tv; cat On tv"),
        ("A cup held by a girl.", "cup=cup; girl=person; girl Holding cup"),
        ("A girl with a cup in her hand.", "girl=person; cup=cup; hand='hand'; girl Holding cup"),
        ("The boys rode two horses.", "boys=person 2+; horses=horse 2-2; boys On horses"),
        ("She rides a bus.", "She=?; bus=bus; She Inside bus"),
        ("A dog stares at the bird.", "dog=dog; bird=bird; dog Watching bird"),
        ("A car to the left of a van.", "car=car; van=car|bus|truck; car LeftOf van"),
        ("Under the table sat a dog.", "table=dining table; dog=dog; dog Under table"),
        (
            "The man and the woman stood behind a bench.",
            "man=person; woman=person; bench=bench; man Behind bench; woman Behind bench",
        ),
        ("A man in a coat holding a kite.", "man=person; coat='coat'; kite=kite; man Holding kite"),
        (
            "A woman watching a boy riding a bicycle.",
            "woman=person; boy=person; bicycle=bicycle; woman Watching boy; boy On bicycle",
        ),
        ("He saw a cat lying on the bed.", "He=?; cat=cat; bed=bed; cat On bed"),
        ("A bowl filled with oranges.", "bowl=bowl; oranges=orange 2+; oranges Inside bowl"),
        ("He put the cup under the chair.", "He=?; cup=cup; chair=chair; cup Under chair"),
        (
            "A boy on a bench next to a dog.",
            "boy=person; bench=bench; dog=dog; boy On bench; boy Beside dog",
        ),
    ]);
}

#[test]
fn what_only_looks_like_a_relation_is_none() {
    all(&[
        ("A woman in a red coat.", "woman=person; coat='coat' red"),
        ("A man on the phone.", "man=person; phone=cell phone"),
        ("He looks at himself in the mirror.", "He=?; mirror='mirror'"),
        ("She put on a hat.", "She=?; hat='hat'"),
        ("The frog turned into a prince.", "frog='frog'; prince=person"),
        ("A boy flies a kite by the sea.", "boy=person; kite=kite; sea='sea'"),
        ("The boy thought about the girl. The dog slept.", "boy=person; girl=person; dog=dog"),
    ]);
}
