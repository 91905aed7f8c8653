//! What numbers claim: at least, exactly, at most.

use super::all;

#[test]
fn numbers_from_two_on_say_at_least() {
    all(&[
        ("Two cats.", "cats=cat 2-2"),
        ("Seven dogs sleep.", "dogs=dog 7-7"),
        ("At least three cars.", "cars=car 3+"),
        ("More than two birds.", "birds=bird 3+"),
        ("Half a dozen apples.", "apples=apple 6-6"),
        ("A dozen chairs.", "chairs=chair 12-12"),
        ("Two dozen books.", "books=book 24-24"),
        ("1,000 sheep.", "sheep=sheep 1000-1000"),
        ("Twenty-one horses.", "horses=horse 21-21"),
        ("A hundred cows.", "cows=cow 100-100"),
        ("Two or three men.", "men=person 2-3"),
        ("With about ten boats.", "boats=boat 5+"),
        ("A story about two dogs.", "dogs=dog 2-2"),
    ]);
}

#[test]
fn limits_say_which_bound_is_claimed() {
    all(&[
        ("One cat.", "cat=cat =1"),
        ("A single dog.", "dog=dog =1"),
        ("Only two cups.", "cups=cup =2"),
        ("Just one spoon.", "spoon=spoon =1"),
        ("Exactly three forks.", "forks=fork =3"),
        ("A lone zebra.", "zebra=zebra =1"),
        ("No more than two bears.", "bears=bear <=2"),
        ("At most five kites.", "kites=kite <=5"),
        ("Fewer than four trains.", "trains=train <=3"),
        ("There are up to nine giraffes.", "giraffes=giraffe <=9"),
        ("One cat sleeps, another plays.", "cat=cat 1-1"),
        ("She walked up to two men.", "She=?; men=person 2-2"),
        ("In 1999 she had 2 cats.", "she=?; cats=cat 2-2"),
    ]);
}
