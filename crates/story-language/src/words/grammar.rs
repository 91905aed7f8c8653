//! Words that build sentences, and common verbs and adjectives.

/// Articles and other words that open a noun phrase.
pub(crate) const DETERMINERS: &str = "\
a, an, the, this, these, those, each, every, another, some, any, its, whose, all, other, \
such";

/// Possessives that open a noun phrase.
pub(crate) const POSSESSIVES: &str = "\
my, your, his, her, our, their, its";

/// Nouns before "of" that stand for the thing behind it.
pub(crate) const PARTITIVES: &str = "\
group, groups, bunch, bunches, pile, piles, stack, stacks, row, rows, line, lines, herd, \
herds, flock, flocks, pack, swarm, crowd, team, family, collection, variety, assortment, \
number, lot, lots, set, sets, piece, pieces, slice, slices, bit, bits, kind, kinds, type, \
types, sort, sorts, close up, closeup, view, shot, flight, flights, pair, pairs, couple, dozen, dozens, hundreds, thousands, heap, heaps, \
handful, bushel, cluster, mix, plenty, array, trio, half, part, litter, school, class, \
selection, loads, tons, gang, band, mob, mass, majority, overview";

/// Pronouns for people and animals; "it" may be anything.
pub(crate) const PRONOUNS: &str = "i, you, he, she, we, they, me, him, her, us, them";

/// Forms of be, have, do, and of modal verbs.
pub(crate) const AUXILIARIES: &str = "\
is, are, was, were, be, been, being, am, has, have, had, having, do, does, did, will, would, \
shall, should, may, might, must, could, cannot, can't, can, don't, doesn't, didn't, won't, \
isn't, aren't, wasn't, weren't, couldn't, wouldn't, shouldn't, hasn't, haven't, hadn't, let";

/// Words that say that something is not, up to the clause's end.
pub(crate) const NEGATIONS: &str = "\
no, not, never, without, nobody, none, neither, nor, cannot, can't, don't, doesn't, didn't, \
won't, isn't, aren't, wasn't, weren't, couldn't, wouldn't, shouldn't, hasn't, haven't, \
hadn't, minus, noone, hardly, barely, scarcely, lack, lacks, lacked, lacking, unlike";

/// Prepositions of one word.
pub(crate) const PREPOSITIONS: &str = "\
on, upon, onto, atop, in, inside, into, within, under, underneath, beneath, below, above, \
over, beside, besides, near, by, next, behind, alongside, at, of, off, to, from, for, with, \
about, around, across, along, through, between, among, amongst, against, toward, towards, \
outside, past, during, after, before, until, like, than, as, via, per, beyond, amid, without, except";

/// Other words that are no noun, verb or adjective.
pub(crate) const FUNCTION_WORDS: &str = "\
alone, throughout, wherever, whenever, and, or, but, so, because, if, when, while, whilst, where, that, which, who, whom, then, \
there, here, why, how, although, though, since, unless, whether, it, itself, himself, \
herself, themselves, myself, yourself, ourselves, up, down, out, away, back, together, \
again, also, too, just, only, even, still, already, yet, now, once, soon, always, often, \
sometimes, ever, not, no, yes, never, please, oh, more, most, much, less, least, enough, \
mine, yours, hers, ours, theirs, neither, nor, either, instead, along, apart, forward, \
ahead, everywhere, somewhere, anywhere, nowhere, else, maybe, perhaps, however, therefore, \
thus, what, whatever, whoever, today, tomorrow, yesterday, tonight, later, ago, hello, \
goodbye, thank, thanks, home, upstairs, downstairs, upside, non, per, etc, it's, i'm, i'll, \
let's, that's, i've, they're, we're, you're";

/// Nouns that are as often a verb or an adjective: only with a word before them that opens a noun
/// phrase, or where the text about them tells.
pub(crate) const NOUNS_OR_VERBS: &str = "\
watch, pet, play, bear, can, train, park, fly, duck, bat, fish, book, sink, swing, saw, \
ring, cook, drink, light, paint, dress, dance, plant, fork, cup, box, walk, ride, board, \
ski, surf, skate, bank, bark, kiss, hug, cut, drop, run, chicken, baseball, football, \
basketball, volleyball, softball, orange, guard, nurse, coach, judge, model, pilot, farm, \
fence, shop, store, water, fire, rock, stone, storm, hand, head, face, back, eye, shoulder, \
arm, nose, mouth, tail, name, place, rose, well, felt, sail, step, stage, star, sheet, roll, \
toast, butter, salt, pepper, milk, cream, brush, comb, mop, hook, chain, lock, hammer, nail, \
shovel, rake, spear, shield, trap, wave, cloud, rain, snow, smoke, land, camp, swallow, \
raven, crane, steer, cock, ram, seal, badger, bug, tie, button, cap, suit, belt, mask, \
crown, coat, jumper, slip, heel, palm, thumb, post, sign, block, slide, bow, dart, goal, \
map, pen, tin, trip, pool, tap, bin, hunt, hose, field, court, stable, shed, school, \
patient, native, human, male, female, slave, host, spy, champion, minister, master, cage, \
nest, log, stick, bush, wood, plain, cave, sweet, lie, ass, tick, mole, key, letter, fan, \
drum, pipe, whistle, bell, cable, iron, ice, mud, dirt, dust, gold, hole, pit, dam, web, \
pine, fig, date, shell, horn, wing, lap, chest, stomach, skin, bone, heart, hip, chin, \
trunk, fin, drawing, painting, carving, sketch, squash, pickle, wax, horn, wrap, frame, square, gift, pad, ledge, floor, engine, tool, motor, pot, pan, plate, dish, seed, crop, jam, sugar, \
track, dock, anchor, paddle, screen, remote, monitor, mobile, calf, glass, glasses, seat, \
shade, bit, cricket, hood, giant";

/// Words before a noun that make it a likeness or a dish.
pub(crate) const PRIVATIVES: &str = "\
toy, stuffed, fake, plush, inflatable, fried, grilled, roast, \
roasted, cooked, baked, imaginary, wood carved, carved, knitted, chocolate, gingerbread, \
lego, origami";

/// What things are made of. Of animals and people, and of flimsy stuff of some other things as
/// well, they make likenesses.
pub(crate) const MATERIALS: &str = "\
wooden, wood, bronze, marble, stone, clay, ceramic, porcelain, glass, metal, iron, brass, copper, \
wicker, rubber, cloth, wax, plaster, concrete, plastic, paper, cardboard, tin, steel, crystal, straw, \
foam, sand, ice, wire";

/// Common adjectives, and words that stand among them.
pub(crate) const ADJECTIVES: &str = "\
big, small, little, large, huge, tiny, great, giant, tall, short, long, wide, narrow, thick, \
thin, fat, old, young, new, ancient, modern, middle, aged, good, bad, nice, kind, mean, \
happy, sad, angry, hungry, thirsty, tired, sleepy, scared, afraid, brave, clever, wise, \
smart, stupid, silly, lazy, busy, rich, poor, beautiful, pretty, ugly, lovely, cute, \
adorable, handsome, strong, weak, fast, quick, slow, loud, quiet, soft, hard, hot, cold, \
warm, cool, wet, dry, clean, dirty, messy, tidy, empty, full, heavy, light, dark, bright, \
shiny, round, square, flat, deep, high, low, sharp, wooden, metal, metallic, plastic, stone, \
brick, glass, golden, silver, leather, woolen, ripe, fresh, rotten, sweet, sour, tasty, \
delicious, wild, tame, fierce, cruel, gentle, friendly, funny, strange, different, same, \
similar, special, several, various, many, few, numerous, first, second, third, last, next, \
own, best, favorite, favourite, dear, lonely, lone, single, only, whole, half, open, closed, \
broken, simple, plain, fancy, professional, male, female, baby, adult, asian, african, \
american, chinese, european, indian, english, french, striped, spotted, fluffy, furry, \
hairy, bald, curly, smooth, rough, steep, grassy, sandy, snowy, sunny, rainy, cloudy, muddy, \
naughty, greedy, selfish, sly, evil, holy, royal, sick, healthy, dead, alive, asleep, awake, \
pregnant, blind, lame, deaf, electric, double, colorful, colourful, colored, coloured, real, \
true, main, public, private, outdoor, indoor, local, nearby, certain, precious, important, \
famous, smaller, bigger, larger, older, younger, biggest, smallest, oldest, youngest, \
tallest, eldest, better, worse, left, right, top, bottom, front, upper, lower, other, \
medium, antique, vintage, rusty, crowded, calm, still, bare, bushy, tabby, fair, bold, \
proud, bitter, raw, rare, orange, black, white, late, early, ready, upset, able, far, safe, humble, juicy, sudden, wrong, due, fourth, fifth, serious, excited, surprised, worried, \
beloved, assorted";

/// Words that stand before an adjective and change nothing for us.
pub(crate) const INTENSIFIERS: &str = "\
very, quite, really, so, too, extra, more, most, much, rather, such";
