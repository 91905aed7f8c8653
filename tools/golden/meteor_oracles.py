"""The originals of METEOR, for the scripts beside this one."""

import pathlib
import shutil
import subprocess
import tempfile

import nltk
from nltk.corpus.reader.wordnet import WordNetCorpusReader

# WordNet's lexicographer files: NLTK wants the list beside the database, Debian leaves it out. The
# names do not enter any score.
LEXICOGRAPHER_FILES = 45


def wordnet(folder):
    """NLTK's reader of the database files of a folder, copied to where NLTK looks for them."""
    data = pathlib.Path(tempfile.mkdtemp())
    root = data / "corpora" / "wordnet"
    root.mkdir(parents=True)
    for path in pathlib.Path(folder).iterdir():
        if path.is_file():
            shutil.copy(path, root)
    if not (root / "lexnames").exists():
        lines = [f"{number:02d}\tfile.{number}\t{1 + number % 4}\n" for number in range(LEXICOGRAPHER_FILES)]
        (root / "lexnames").write_text("".join(lines))
    nltk.data.path.append(str(data))
    return WordNetCorpusReader(str(root), None)


class Jar:
    """METEOR 1.5 behind its line protocol, called as pycocoevalcap does."""

    def __init__(self, jar, *options):
        command = ["java", "-Dfile.encoding=UTF-8", "-Xmx2G", "-jar", jar, "-", "-", "-stdio", "-l", "en", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, line, answers=1):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()
        return [self.process.stdout.readline().decode().strip() for _ in range(answers)]

    def statistics(self, hypothesis, references):
        """The counts of one segment against its best reference."""
        return self.ask(" ||| ".join(["SCORE", *references, hypothesis]))[0]

    def scores(self, statistics):
        """The score of each segment, and of all together."""
        *segments, total = self.ask(" ||| ".join(["EVAL", *statistics]), len(statistics) + 1)
        return [float(segment) for segment in segments], float(total)


STEMS = """
import java.io.*;
import java.nio.charset.StandardCharsets;

public class Stems {
    public static void main(String[] arguments) throws Exception {
        BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        org.tartarus.snowball.ext.englishStemmer stemmer = new org.tartarus.snowball.ext.englishStemmer();
        for (String word = words.readLine(); word != null; word = words.readLine()) {
            stemmer.setCurrent(word);
            stemmer.stem();
            out.println(stemmer.getCurrent());
        }
        out.flush();
    }
}
"""


def snowball_stems(jar, words):
    """The stems of the jar's own Snowball stemmer. NLTK's differs from it in a few words."""
    source = pathlib.Path(tempfile.mkdtemp()) / "Stems.java"
    source.write_text(STEMS)
    command = ["java", "-cp", jar, str(source)]
    return subprocess.run(command, input="\n".join(words), capture_output=True, text=True, check=True).stdout.split()
