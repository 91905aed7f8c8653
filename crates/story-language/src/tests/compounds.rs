//! Names and compounds whose head is neither person nor animal, and nouns of several senses.

use super::all;

#[test]
fn a_name_before_a_noun_says_which_kind_it_is() {
    all(&[
        ("She cut a Gala Zib apple.", "She=?; apple=apple"),
        ("A bowl of Fuji apples.", "bowl=bowl; apples=apple 2+"),
        ("He drinks from a Pepsi bottle.", "He=?; bottle=bottle"),
        ("A Zibco truck stopped.", "truck=truck"),
        ("Two Toyota trucks.", "trucks=truck 2-2"),
        ("He bought a Samsung.", "He=?; Samsung='samsung'"),
        ("A child with an Xbox.", "child=person; Xbox='xbox'"),
        ("A red Ferrari.", "Ferrari='ferrari' red"),
        ("The boy wears a Batman shirt.", "boy=person; shirt='shirt'"),
        ("A Zib Cola bottle.", "bottle=bottle"),
        ("Two boys playing Zibbo Kart.", "boys=person 2-2; Zibbo Kart='zibbo kart'"),
        ("She drinks Pepsi.", "She=?; Pepsi='pepsi'"),
        ("She ate Mira's apple.", "She=?; apple=apple"),
        ("He gave Mira apples.", "He=?; Mira=@mira; apples=apple 2+"),
        ("Then Mira smiles.", "Mira=@mira"),
        ("We met Mr. Stone.", "We=?; Stone=@stone"),
        ("Pia and Zed ran.", "Pia=@pia; Zed=@zed"),
    ]);
}

#[test]
fn somebody_before_a_noun_says_which_kind_it_is() {
    all(&[
        ("The baby carrots are orange.", "carrots=carrot 2+ orange"),
        ("A woman selling baby carrots.", "woman=person; carrots=carrot 2+"),
        ("A plate of baby potatoes.", "plate='plate'; potatoes='potato' 2+"),
        ("A pirate flag waves.", "flag='flag'"),
        ("A cowboy hat on a chair.", "hat='hat'; chair=chair; hat On chair"),
        ("The doctor bags are full.", "bags=backpack|handbag|suitcase 2+"),
        ("The queen chairs are gold.", "chairs=chair 2+"),
        ("A witch zibro lies there.", "zibro='zibro'"),
        ("A lady apple.", "apple=apple"),
        ("A dog bone.", "bone='bone'"),
        ("Two soldier boots.", "boots='boot' 2-2"),
        ("She showed the man carrots.", "She=?; man=person; carrots=carrot 2+"),
        ("The pilot wept.", "pilot=person"),
    ]);
}

#[test]
fn bikes_are_what_the_sentence_rides() {
    all(&[
        ("Bikers on their bikes.", "Bikers=person 2+; bikes=motorcycle 2+; Bikers On bikes"),
        ("The bike has a loud engine.", "bike=motorcycle; engine='engine'"),
        ("A man in leather on a bike.", "man=person; bike=motorcycle; man On bike"),
        ("A bike on the highway.", "bike=motorcycle; highway='highway'; bike On highway"),
        ("Motorcyclists park their bikes.", "Motorcyclists=person 2+; bikes=motorcycle 2+"),
        ("A bike with a basket.", "bike=bicycle; basket='basket'"),
        ("Cyclists on bikes.", "Cyclists=person 2+; bikes=bicycle 2+; Cyclists On bikes"),
        ("The bike has a bell.", "bike=bicycle; bell='bell'"),
        ("A girl pedals a bike.", "girl=person; bike=bicycle"),
        ("A boy rides a bike.", "boy=person; bike=bicycle|motorcycle; boy On bike"),
    ]);
}

#[test]
fn screens_and_monitors_are_what_shows() {
    all(&[
        ("Three monitors in a row.", "monitors=tv 3-3"),
        ("A monitor on a desk.", "monitor=tv; desk='desk'; monitor On desk"),
        ("A computer screen.", "computer screen=tv"),
        (
            "A projection screen in a hall.",
            "projection screen='projection screen'; hall='hall'; projection screen Inside hall",
        ),
        ("The movie screen went dark.", "movie screen='movie screen'"),
        ("A window screen.", "window screen='window screen'"),
        ("A man draws on a big screen.", "man=person; screen='screen'"),
        (
            "A keyboard under a screen.",
            "keyboard=keyboard; screen=tv|laptop; keyboard Under screen",
        ),
        ("A touch screen.", ""),
        ("A tv screen on a wall.", "tv screen=tv; wall='wall'; tv screen On wall"),
    ]);
}
