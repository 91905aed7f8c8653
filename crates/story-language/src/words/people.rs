//! Nouns for people, and what nouns tell of the gender of people and animals.

use crate::antecedents::Gender;

/// Nouns that mean COCO's category `person`.
pub(crate) const PEOPLE: &str = "\
person, human, human being, man, woman, child, boy, girl, baby, kid, toddler, infant, \
teenager, teen, adult, adolescent, youth, youngster, lady, gentleman, guy, fellow, lad, \
lass, gal, dude, bloke, male, female, baby boy, baby girl, little one, young one, grown up, \
couple, crowd, family, team, audience, group, somebody, someone, anybody, anyone, everybody, \
everyone, passerby, bystander, onlooker, spectator, pedestrian, passenger, passer by, \
commuter, tourist, traveler, traveller, visitor, guest, customer, shopper, patron, viewer, \
mother, father, mom, mum, mommy, mummy, mama, mamma, mam, dad, daddy, papa, parent, \
grandmother, grandfather, grandma, grandpa, granny, gran, grandad, granddad, grandparent, \
nana, sister, brother, sibling, son, daughter, uncle, aunt, auntie, aunty, cousin, nephew, \
niece, husband, wife, bride, groom, bridegroom, widow, orphan, stepmother, stepfather, \
mother in law, father in law, grandson, granddaughter, grandchild, twin, triplet, newborn, \
friend, girlfriend, boyfriend, neighbor, neighbour, stranger, enemy, companion, partner, \
buddy, pal, playmate, classmate, teammate, roommate, colleague, coworker, player, rider, \
driver, walker, runner, jogger, swimmer, skater, skier, snowboarder, surfer, skateboarder, \
cyclist, bicyclist, biker, motorcyclist, racer, climber, hiker, camper, dancer, singer, \
musician, drummer, guitarist, pianist, violinist, actor, actress, artist, painter, \
photographer, model, performer, clown, juggler, magician, acrobat, batter, hitter, umpire, \
referee, goalie, goalkeeper, athlete, sportsman, coach, baseball player, basketball player, \
football player, soccer player, tennis player, hockey player, volleyball player, golfer, \
wrestler, boxer, gymnast, jockey, horseman, equestrian, cowboy, cowgirl, teacher, student, \
pupil, schoolboy, schoolgirl, schoolchild, professor, principal, headmaster, head teacher, \
doctor, nurse, dentist, surgeon, patient, vet, veterinarian, scientist, engineer, mechanic, \
chef, baker, butcher, waiter, waitress, bartender, barista, server, cashier, clerk, \
shopkeeper, storekeeper, salesman, saleswoman, salesperson, vendor, seller, trader, \
merchant, buyer, barber, hairdresser, tailor, carpenter, builder, plumber, electrician, \
worker, laborer, labourer, construction worker, employee, businessman, businesswoman, boss, \
manager, owner, secretary, lawyer, judge, farmer, gardener, shepherd, shepherdess, herder, \
herdsman, herdboy, herd boy, fisherman, hunter, woodcutter, sailor, captain, pirate, pilot, \
astronaut, conductor, policeman, policewoman, police officer, policeperson, cop, officer, \
guard, soldier, warrior, knight, fireman, firefighter, fire fighter, lifeguard, paramedic, \
mailman, postman, mail carrier, delivery man, bus driver, taxi driver, truck driver, cab \
driver, king, queen, prince, princess, emperor, empress, chief, headman, elder, leader, \
mayor, president, minister, servant, maid, butler, slave, master, mistress, nanny, \
babysitter, nun, monk, priest, pastor, bishop, pope, witch, wizard, sorcerer, beggar, thief, \
robber, burglar, prisoner, criminal, villager, townsman, citizen, peasant, native, author, \
writer, reporter, journalist, librarian, storyteller, detective, spy, hero, heroine, \
villain, genius, volunteer, member, baby brother, baby sister, skate boarder, snow boarder, \
security guard, opponent, contestant, winner, champion, rival, hostess, healer, midwife, \
potter, weaver, blacksmith, police";

/// The ones among them that mean everybody: "no men" says nothing of women.
pub(crate) const WHOLE_PEOPLE: &str = "\
person, human, human being, somebody, someone, anybody, anyone, everybody, everyone";

/// Titles that stand before a name.
pub(crate) const TITLES: &str = "\
mr, mrs, ms, miss, dr, sir, madam, lord, lady, king, queen, prince, princess, uncle, aunt, \
auntie, aunty, grandma, grandpa, granny, mama, papa, mother, father, sister, brother, \
captain, doctor, professor, old, little, saint, st, chief, baba, gogo, mzee";

/// Nouns for whom English says "she".
const FEMININE: &str = "\
woman, girl, lady, lass, gal, female, mother, mom, mum, mommy, mummy, mama, mamma, mam, \
grandmother, grandma, granny, gran, nana, sister, daughter, aunt, auntie, aunty, niece, wife, \
bride, widow, stepmother, granddaughter, girlfriend, actress, cowgirl, schoolgirl, saleswoman, \
businesswoman, policewoman, queen, princess, empress, maid, mistress, nun, witch, heroine, \
hostess, shepherdess, waitress, hen, ewe, mare, doe, lioness, tigress, vixen, nanny goat";

/// Nouns for whom English says "he".
const MASCULINE: &str = "\
man, boy, gentleman, guy, fellow, lad, dude, bloke, male, father, dad, daddy, papa, grandfather, \
grandpa, grandad, granddad, brother, son, uncle, nephew, husband, groom, bridegroom, stepfather, \
grandson, boyfriend, cowboy, schoolboy, salesman, businessman, policeman, fireman, fisherman, \
mailman, postman, horseman, sportsman, townsman, king, prince, emperor, wizard, sorcerer, monk, \
priest, pope, herdboy, herdsman, butler, waiter, rooster, cock, bull, ram, stallion, billy goat";

/// What a noun, by its lemma, tells of whom it names; of a compound its last word decides: "baby
/// boy". `None` of most nouns.
pub(crate) fn gender(lemma: &str) -> Option<Gender> {
    let last = lemma.rsplit(' ').next().unwrap_or(lemma);
    let has = |nouns: &str| nouns.split(", ").any(|noun| noun == lemma || noun == last);
    match (has(FEMININE), has(MASCULINE)) {
        (true, _) => Some(Gender::Feminine),
        (_, true) => Some(Gender::Masculine),
        _ => None,
    }
}
