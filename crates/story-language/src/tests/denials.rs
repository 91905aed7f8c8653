//! What a text says is not there, or not so.

use super::all;

#[test]
fn things_that_are_denied_are_kept_apart() {
    all(&[
        ("There is no bear.", "no bear=bear"),
        ("There are no cars on the road.", "road='road'; no cars=car 2+ On road"),
        ("There isn't a cat under the bed.", "bed=bed; no cat=cat Under bed"),
        ("There is nobody.", "no nobody=person"),
        ("No one is on the bench.", "bench=bench; no No one=person On bench"),
        ("This is not a cat.", "no cat=cat"),
        ("A room with no windows.", "room='room'; no windows='window' 2+"),
        ("A dog, not a cat, sleeps.", "dog=dog; no cat=cat"),
        ("Zero dogs.", "no dogs=dog 2+"),
        ("A bird instead of a plane.", "bird=bird; no plane=airplane"),
        ("There is neither a bus nor a train.", "no bus=bus; no train=train"),
        ("No dogs, cats or birds.", "no dogs=dog 2+; no cats=cat 2+; no birds=bird 2+"),
        ("There are no red cars.", "no cars=car 2+ red"),
    ]);
}

#[test]
fn what_somebody_lacks_is_tied_to_them() {
    all(&[
        ("A man without a hat.", "man=person; no hat='hat' Beside man"),
        (
            "A dog with no collar sits on a mat.",
            "dog=dog; mat='mat'; dog On mat; no collar='collar' Beside dog",
        ),
        ("The king has no horse.", "king=person; no horse=horse Beside king"),
        ("She doesn't have a bicycle.", "She=?; no bicycle=bicycle Beside She"),
        ("A boy who had no shoes.", "boy=person; no shoes='shoe' 2+ Beside boy"),
        ("The rider is not wearing a helmet.", "rider=person; no helmet='helmet' Beside rider"),
        ("A girl not holding an umbrella.", "girl=person; girl Holding no umbrella=umbrella"),
        ("The bus lacks a wheel.", "bus=bus; no wheel='wheel' Beside bus"),
        (
            "He had neither a book nor a pen.",
            "He=?; no book=book Beside He; no pen='pen' Beside He",
        ),
        ("A street without cars.", "street='street'; no cars=car 2+"),
        ("A zebra with no people around.", "zebra=zebra; no people=person 2+"),
        ("A sign with no cars on the road.", "sign='sign'; road='road'; no cars=car 2+ On road"),
        (
            "A man without a hat on a bench.",
            "man=person; bench=bench; man On bench; no hat='hat' Beside man",
        ),
        (
            "A nun carries neither a bag nor a book.",
            "nun=person; nun Holding no bag=backpack|handbag|suitcase; nun Holding no book=book",
        ),
        (
            "The dog has no bone and no ball.",
            "dog=dog; no bone='bone' Beside dog; no ball=sports ball Beside dog",
        ),
        ("A man holding no umbrella.", "man=person; man Holding no umbrella=umbrella"),
    ]);
}

#[test]
fn places_and_colours_are_denied_of_what_is_there() {
    all(&[
        ("The dog is not on the couch.", "dog=dog; couch=couch; not dog On couch"),
        ("The cup isn't next to the bowl.", "cup=cup; bowl=bowl; not cup Beside bowl"),
        ("A man is not sitting on the bench.", "man=person; bench=bench; not man On bench"),
        ("The car is not red.", "car=car; not car red"),
        ("The bus isn't green but white.", "bus=bus white; not bus green"),
        ("The birds were not in the cage.", "birds=bird 2+; cage='cage'; not birds Inside cage"),
        ("The boy is not holding the ball.", "boy=person; ball=sports ball; not boy Holding ball"),
        ("The sheep are not very black.", "sheep=sheep; not sheep black"),
        (
            "The horse does not stand behind the fence.",
            "horse=horse; fence='fence'; not horse Behind fence",
        ),
        ("The book was not on a table.", "book=book"),
        ("The cat doesn't sit on the bed.", "cat=cat; bed=bed; not cat On bed"),
        ("The girl isn't near the horse.", "girl=person; horse=horse; not girl Beside horse"),
        ("The dog is neither black nor white.", "dog=dog; not dog black; not dog white"),
        ("The cow was neither brown nor grey but red.", "cow=cow red; not cow brown; not cow grey"),
    ]);
}

#[test]
fn what_is_only_left_open_is_not_denied() {
    all(&[
        ("He did not see the horse.", "He=?"),
        ("Nobody loved the dog.", "dog=dog"),
        ("He was not a king.", "He=?"),
        ("If there is no cake, we cry.", "we=?"),
        ("Is there no dog?", ""),
        ("There are no other dogs.", ""),
        ("No dogs allowed.", ""),
        ("No people swimming.", ""),
        ("He can't find a cat.", "He=?"),
        ("There was no time. No matter.", ""),
        ("Not only a dog but also a cat.", "dog=dog; cat=cat"),
        ("It is no longer a cat.", ""),
        ("There are not many people.", ""),
        ("Nobody but the driver is on the bus.", "driver=person; bus=bus; driver On bus"),
        ("There is nobody on the bus except a boy.", "bus=bus; boy=person"),
    ]);
}

#[test]
fn a_kind_that_is_denied_is_not_its_category() {
    all(&[
        ("There is no taxi.", "no taxi='taxi'"),
        ("There is no puppy.", "no puppy='puppy'"),
        ("There are no big dogs.", "no dogs='dog' 2+"),
        ("There are no men.", "no men='man' 2+"),
        ("There are no people.", "no people=person 2+"),
        ("There are no animals.", "no animals=many 2+"),
    ]);
}
