//! Things that one can see and that are no category of COCO's, and nouns that are no things.

/// Animals that COCO has no category for.
pub(crate) const OTHER_ANIMALS: &str = "\
lion, lioness, lion cub, tiger, tigress, leopard, cheetah, jaguar, panther, cougar, lynx, \
hyena, jackal, fox, wolf, coyote, monkey, baboon, gorilla, chimpanzee, chimp, ape, \
orangutan, lemur, hippo, hippopotamus, rhino, rhinoceros, buffalo, bison, antelope, gazelle, \
impala, kudu, wildebeest, warthog, boar, deer, stag, fawn, moose, elk, reindeer, camel, \
llama, alpaca, donkey, mule, ass, goat, billy goat, pig, piglet, hog, sow, rabbit, bunny, \
hare, guinea pig, hamster, mouse, rat, squirrel, chipmunk, beaver, otter, badger, skunk, \
raccoon, hedgehog, porcupine, mole, mongoose, meerkat, weasel, ferret, bat, kangaroo, koala, \
panda, panda bear, sloth, anteater, aardvark, seal, sea lion, walrus, dolphin, whale, shark, \
fish, goldfish, catfish, octopus, squid, jellyfish, crab, lobster, shrimp, starfish, frog, \
toad, tadpole, lizard, chameleon, gecko, crocodile, alligator, snake, python, cobra, \
tortoise, turtle, dinosaur, dragon, unicorn, monster, ogre, giant, fairy, angel, ghost, \
troll, dwarf, elf, robot, alien, mermaid, puppet, doll, snowman, insect, bug, ant, bee, \
wasp, fly, mosquito, butterfly, moth, caterpillar, worm, snail, slug, spider, scorpion, \
beetle, ladybug, ladybird, cricket, grasshopper, locust, cockroach, dragonfly, firefly, \
millipede, centipede, termite, tick, louse, bull frog, cub, mammoth";

/// Clothes and what one wears: "in" before them is no place.
pub(crate) const CLOTHES: &str = "\
shirt, t shirt, tshirt, tee shirt, blouse, sweater, jumper, pullover, cardigan, jacket, \
coat, overcoat, raincoat, vest, suit, tuxedo, dress, gown, skirt, apron, uniform, costume, \
robe, cloak, cape, pajamas, pyjamas, trousers, pants, jeans, shorts, overalls, leggings, \
tights, stocking, sock, shoe, boot, sandal, slipper, sneaker, trainers, heels, flip flop, \
hat, cap, helmet, baseball cap, straw hat, top hat, hard hat, hood, hoodie, bonnet, beret, crown, turban, headscarf, veil, scarf, shawl, \
glove, mitten, tie, belt, glasses, sunglasses, goggles, spectacles, mask, earring, necklace, \
bracelet, bangle, ring, watch, wristwatch, badge, button, wig, swimsuit, bathing suit, \
bikini, wetsuit, wet suit, jersey, kimono, sari, kanga, clothes, clothing, outfit, garment, \
gear, tank top, sneakers, underwear, nightgown, business suit, life jacket, life vest, \
headphones, earbuds, headband, ribbon, tag, luggage tag";

/// Parts of a body: what they belong to is there too.
pub(crate) const BODY: &str = "\
head, face, hair, beard, mustache, moustache, eye, eyebrow, ear, nose, mouth, lip, tooth, \
tongue, cheek, chin, forehead, neck, throat, shoulder, arm, elbow, hand, wrist, finger, \
thumb, nail, palm, fist, chest, back, belly, stomach, tummy, waist, hip, lap, leg, knee, \
thigh, shin, ankle, foot, toe, heel, skin, body, bone, heart, tail, wing, beak, feather, \
fur, mane, trunk, tusk, horn, hoof, paw, claw, snout, whisker, fin, shell, belly button";

/// Other things.
pub(crate) const THINGS: &str = "\
house, hut, cottage, cabin, castle, palace, tower, clock tower, church, mosque, temple, \
school, classroom, hospital, shop, store, market, supermarket, bakery, restaurant, cafe, \
hotel, apartment, office, factory, barn, stable, shed, garage, farm, zoo, museum, library, \
theater, theatre, stadium, station, train station, bus station, bus stop, airport, port, \
harbor, harbour, building, skyscraper, room, bedroom, bed room, bathroom, kitchen, living \
room, dining room, hall, hallway, lobby, terminal, corridor, attic, basement, cellar, \
balcony, porch, terrace, roof, rooftop, wall, floor, ceiling, door, doorway, window, window \
sill, windowsill, gate, fence, stair, staircase, step, ladder, chimney, fireplace, column, \
pillar, arch, bridge, tunnel, road, roadway, road way, street, highway, path, trail, \
sidewalk, pavement, crosswalk, intersection, track, train track, railroad, railway, parking \
lot, car park, driveway, playground, park, garden, yard, backyard, courtyard, field, meadow, \
lawn, pasture, court, tennis court, basketball court, football field, baseball field, soccer \
field, forest, wood, woods, jungle, bush, shrub, hedge, tree, apple tree, banana leaf, palm leaf, orange tree, mango \
tree, banana tree, banana plantation, plantation, palm tree, pine tree, fir tree, christmas tree, pine, oak, fir, trunk of \
a tree, log, branch, twig, stick, stump, leaf, root, flower, rose, sunflower, tulip, daisy, \
blossom, grass, reed, vine, mountain, hill, hilltop, cliff, rock, stone, boulder, pebble, \
cave, valley, canyon, desert, dune, plain, savanna, savannah, island, beach, shore, coast, \
sand, sea, ocean, lake, pond, river, riverbank, river bank, stream, creek, waterfall, \
waterway, swamp, puddle, pool, swimming pool, well, fountain, water, wave, sky, cloud, sun, \
moon, star, rainbow, snow, ice, rain, lightning, fog, mist, fire, bonfire, campfire, flame, \
smoke, mud, dirt, soil, dust, plate, dish, saucer, tray, pan, frying pan, pot, flower pot, \
flowerpot, kettle, teapot, jug, jar, bucket, pail, barrel, basket, box, cardboard box, \
crate, chest of drawers, drawer, cupboard, cabinet, wardrobe, closet, shelf, bookshelf, \
bookcase, rack, counter, countertop, counter top, desk, computer desk, nightstand, dresser, \
mattress, pillow, cushion, blanket, quilt, sheet, comforter, towel, napkin, tablecloth, \
table cloth, placemat, curtain, carpet, rug, mat, mirror, lamp, lantern, candle, light bulb, \
lightbulb, torch, flashlight, chandelier, picture frame, painting, photograph, poster, map, \
calendar, newspaper, magazine, letter, envelope, card, paper, pen, pencil, crayon, chalk, \
blackboard, whiteboard, easel, brush, paintbrush, paint, comb, hairbrush, soap, sponge, \
broom, mop, bathtub, bath tub, tub, shower, tap, faucet, toilet paper, trash can, garbage \
can, bin, dustbin, can, tin, bag of chips, sack, pouch, wallet, coin, key, lock, chain, \
rope, string, thread, needle, net, netting, mosquito net, mosquito netting, bug net, mp3 \
player, record player, dvd player, cd player, media player, music player, video player, \
hook, nail polish, hammer, saw, axe, ax, shovel, spade, rake, hoe, wheelbarrow, tool, \
screwdriver, wheel, tire, tyre, engine, wagon, cart, carriage, sled, sleigh, tractor, \
ambulance, helicopter, rocket, spaceship, balloon, hot air balloon, parachute, airship, \
submarine, sail, oar, paddle, anchor, dock, pier, wharf, runway, lighthouse, windmill, pole, \
post, lamp post, lamppost, street light, street lamp, sign, street sign, signpost, flag, \
banner, statue, sculpture, monument, stage, tent, camp, cage, nest, egg, birdhouse, bird \
house, dog house, doghouse, kennel, leash, collar, saddle, bridle, drum, guitar, piano, \
violin, trumpet, flute, whistle, bell, radio, camera, video camera, tripod, telephone, \
answering machine, speaker, printer, machine, washing machine, sewing machine, fan, toy, toy \
car, toy train, doll house, dollhouse, kite string, puzzle, block, swing, slide, seesaw, \
trampoline, rocking horse, ramp, platform, board, wooden board, hoop, goal, tennis net, \
dart, bow, arrow, sword, spear, shield, gun, rifle, cannon, bomb, trap, treasure, jewel, \
diamond, gold, bread, loaf, toast, roll, bun, cheese, butter, milk, cream, ice cream, ice \
cream cone, yogurt, egg yolk, meat, beef, pork, ham, bacon, sausage, steak, soup, stew, \
salad, sauce, rice, noodle, pasta, spaghetti, bean, pea, lentil, potato, sweet potato, \
french fry, fries, chips, tomato, onion, garlic, pepper, cucumber, lettuce, cabbage, \
spinach, mushroom, corn, maize, pumpkin, gourd, calabash, eggplant, lemon, lime, grape, \
grapefruit, strawberry, blueberry, berry, cherry, peach, pear, plum, pineapple, mango, \
melon, watermelon, coconut, avocado, kiwi, fig, nut, peanut, honey, jam, sugar, salt, flour, \
dough, pie, cookie, biscuit, pancake, waffle, muffin, croissant, candy, sweet, lollipop, \
chocolate, pudding, tea, coffee, juice, orange juice, apple juice, beer, wine, soda, \
porridge, home plate, plant, seed, crop, hay, straw, firewood, charcoal, brick, pipe, wire, \
cable, battery, umbrella stand, stroller, pram, cradle, beehive, hive, spider web, web, \
anthill, hole, pit, ditch, dam, bait, fishing rod, fishing pole, fish tank, aquarium, bird \
bath, hot dog stand, hot dog bun, donut shop, pizza box, pizza oven, bus shelter, cake \
stand, book shelf, dog bowl, cat food, dog food, bird cage, horse cart, bed sheet, bed \
spread, bedspread, table lamp, water tank, cup holder, chair lift, car seat, car door, boat \
house, train set, egg cup, jet ski, motor, pitcher, bottle cap, video game, piano keyboard, \
phone booth, phone box, telephone booth, traffic cone, traffic sign, fire place, fire \
station, fire escape, police station, gas station, airplane hangar, wedding dress, horse \
trailer, trailer, cattle pen, bear trap, sheepskin, cowbell, skull, skeleton, ledge, window ledge, \
whisk, magnet, olive, pad, lily pad, parcel, package, present box, gift, figurine, drawing, \
sketch, mural, carving, replica, sticker, logo, tattoo, mosaic, statuette, ground, hillside, \
mountainside, riverside, roadside, seaside, lakeside, doorstep, doormat, treetop, alley, lane, \
square, plaza, patio, deck, canal, bay, glacier, iceberg, volcano, oasis, orchard, vineyard, \
greenhouse, henhouse, chicken coop, coop, pigsty, sty, trough, manger, haystack, scarecrow, mailbox, \
letterbox, post box, washing line, clothesline, ironing board, iron, sewing kit, thimble, \
broomstick, wand, cauldron, scroll, quill, ink, inkwell, globe, telescope, microscope, compass, \
binoculars, hourglass, trophy, medal, certificate, backdrop, palette, canvas, frame, fire alarm, \
projection screen, projector screen, movie screen, cinema screen, window screen, projector, console, \
game console, microphone, loudspeaker, amplifier, piano bench, harp, cello, accordion, \
tambourine, xylophone, cymbal, gong, horn, harness, reins, stirrup, horseshoe, plow, plough, pitchfork, \
sickle, scythe, hammock, igloo, tepee, wigwam, treehouse, tree house, cable car, crane, \
bulldozer, digger, excavator, cement mixer, forklift, snowplow, snowmobile, go kart, roller skate, ice \
skate, sledge, toboggan, pogo stick, yo yo, jump rope, skipping rope, marble, dice, chess board, \
chessboard, jigsaw, bubble, confetti, firework, candlestick, match box, matchbox, lighter, ashtray, \
cigarette, cigar, syringe, stethoscope, bandage, crutch, walking stick, cane, wheelie bin, mustard, \
ketchup, mayonnaise, pickle, relish, cereal, oatmeal, omelet, omelette, dumpling, sushi, taco, burrito, \
wrap, kebab, curry, chili, celery, radish, turnip, beet, zucchini, squash, cauliflower, asparagus, \
herb, spice, basil, parsley, raspberry, blackberry, cranberry, apricot, papaya, pomegranate, raisin, \
almond, walnut, chestnut, hazelnut, pistachio, acorn, pinecone, syrup, custard, jelly, pretzel, bagel, \
scone, tart, brownie, icing, frosting, sprinkles, marshmallow, popcorn, cracker, bronze, clay, porcelain, brass, copper, rubber, cloth, wax, plaster, \
plastic, cardboard, steel, crystal, foam, concrete, metal";

/// Nouns for many at once: at least two.
pub(crate) const COLLECTIVE: &str = "\
crowd, family, team, audience, group, couple, cattle, livestock, police, cutlery, silverware";

/// Nouns that are plural in form for one thing: their plural counts nothing.
pub(crate) const PLURAL_ONLY: &str = "\
scissors, shears, ski, snow ski, glasses, sunglasses, goggles, spectacles, trousers, pants, \
jeans, shorts, tights, leggings, pajamas, pyjamas, overalls, clothes, headphones, earbuds, \
woods, fries, chips, heels, trainers, noodle";

/// Where one sees things that are not there: what is "in" them is in no place.
pub(crate) const REFLECTIONS: &str = "\
mirror, painting, photograph, window, poster";

/// Nouns that are no things: abstract, of time, events, parts of space, and compounds of such.
pub(crate) const ABSTRACT: &str = "\
time, day, night, morning, evening, afternoon, noon, midnight, dawn, dusk, sunset, sunrise, \
week, month, year, hour, minute, second, moment, season, summer, winter, spring, autumn, \
monday, tuesday, wednesday, thursday, friday, saturday, sunday, january, february, march, \
april, may, june, july, august, september, october, november, december, today, tomorrow, \
yesterday, tonight, weekend, holiday, birthday, christmas, easter, age, past, future, \
present, beginning, end, start, middle, center, centre, side, top, bottom, front, rear, \
left, right, edge, corner, distance, background, foreground, way, direction, area, place, \
spot, space, part, point, inside, outside, surface, line, row, kind, type, sort, number, \
amount, lot, bit, piece, set, size, shape, color, colour, red, blue, green, yellow, light, \
shade, shadow, darkness, sound, noise, voice, word, name, story, tale, song, music, dance, \
game, match, tennis, soccer, hockey, baseball game, football game, tennis match, tournament, \
competition, race, party, wedding, ceremony, meeting, lesson, class, work, job, task, trip, \
journey, walk, run, ride, swim, jump, fall, visit, fight, war, peace, love, hate, joy, \
happiness, sadness, anger, fear, surprise, hope, dream, idea, thought, thing, something, \
anything, everything, nothing, problem, question, answer, reason, mistake, truth, lie, \
secret, plan, help, care, luck, life, death, health, sickness, illness, pain, hunger, \
thirst, sleep, rest, breath, smell, taste, touch, feeling, sight, look, view, scene, \
picture, photo, image, shot, close up, closeup, overview, pose, smile, laugh, laughter, cry, \
tear, shout, scream, kiss, hug, turn, try, use, need, wish, want, chance, change, matter, \
fact, case, example, rule, law, power, strength, money, price, cost, business, world, \
country, land, town, city, village, community, region, nation, state, air, wind, weather, \
heat, cold, warmth, storm, sunshine, sunlight, traffic, pitch, play, home run, dog show, bus \
ride, train ride, car ride, boat ride, train trip, plane ride, horse ride, horse race, car \
race, boat race, dog race, bike race, book club, book cover, bike ride, bike path, bike \
lane, bus lane, bicycle path, horseback, horse back, motorcycle race, animal kingdom, \
person's choice, people skills, car accident, car crash, food chain, cat nap, ball game, \
snack time, meal time, food supply, bed time, bedtime, tea time, lunch time, lunch, dinner, \
breakfast, supper, feast, picnic, english, swahili, language, message, news, other, others, \
same, one, none, most, all, both, half, quarter, few, many, conclusion, effort, mood, \
attention, advice, permission, trouble, danger, safety, speed, order, control, charge, touch \
screen, midst, sake, favor, favour, manner, style, pattern, design, reflection, silhouette, \
variety, collection, assortment, arrangement, pile, stack, bunch, heap, handful, slice, \
dollop, bushel, mouthful, pair, dozen, equipment, phone call, cell phone call, phone number, \
phone conversation, cell phone conversation, telephone call, tennis game, game of tennis, \
tennis tournament, soccer game, baseball match, kite festival, kite flying, skateboarding, \
snowboarding, surfing, skiing, dog training, cat fight, cow dung, animal print, bird song, \
birdsong, orange color, orange colour, table tennis, table top, bear hug, banana peel, \
orange peel, apple core, eggshell, fish market, child's play, childhood, boyhood, girlhood, \
friendship, kingdom, neighborhood, neighbourhood, brotherhood, television show, tv show, \
computer program, computer game, book report, cup final, knife fight, boat trip, car trip, \
train journey, bowl cut, symbol, angle, invitation, announcement, homework, punishment, \
education, item, object, volley, promise, decision, opportunity, experience, adventure, \
memory, habit, skill, talent, success, victory, failure, magic, spell, curse, blessing, \
prayer, greeting, apology, gratitude, hospitality, marriage, divorce, date, age group, \
situation, condition, purpose, height, weight, length, depth, width, temperature, \
electricity, energy, everyday, creation, nature, culture, tradition, custom, religion, \
science, mathematics, history, art, sport, exercise, training, practice, vacation, \
appointment, term, share, respect, honor, honour, pride, shame, guilt, jealousy, kindness, \
nap, chess, checkers, hopscotch, rugby, golf, badminton, lacrosse, polo, ping pong, beauty, courage, patience, man kind, mankind, humanity, womankind, wood work, stone age, \
oven heat, bed rest, counter space, chair man, human race";
