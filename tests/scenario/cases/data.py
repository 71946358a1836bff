"""Data sets: every format comes in and is served; a broken one leaves nothing behind."""

import shutil
import signal
import subprocess
import time
import urllib.parse

from cases import scenario
from cases.start import DAMAGED, FAILED, USAGE

EMBEDDED_ONLY = "is about what the readers of data sets make of files, before anything is stored"

CSV_MOVIES = '''movieId,title,genres
1,Toy Story (1995),Adventure|Animation
2,"City of Lost Children, The (Cité des enfants perdus, La) (1995)",Fantasy
3,"Say ""Cheese"", Please (2001)",Comedy
'''
TITLES = {"1": "Toy Story", "2": "The City of Lost Children (La Cité des enfants perdus)",
          "3": 'Say "Cheese", Please'}


def ratings(separator, newline="\n", header=""):
    """Twelve ratings by four viewers of three films."""
    lines = [separator.join((str(user), str(film), "5" if separator == "\t" else "4.5" if header else "4",
                             str(1_000_000_000 + 100 * user + film)))
             for user in range(1, 5) for film in range(1, 4)]
    return header + newline.join(lines) + newline


def write(directory, files, encoding="utf-8"):
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_bytes(text.encode(encoding))
    return directory


def serve_and_check(stage, dataset, titles, interactions, viewer="1"):
    """Imports with the real program, serves, and looks at titles, counts and one history."""
    data = stage.empty()
    done = stage.program.run("import", "--dataset", dataset, "--data", data)
    assert done.returncode == 0, done.stderr
    told = f"{len(titles)} films, {interactions} interactions, 0 lines skipped"
    assert told in done.stderr, done.stderr
    with stage.program.serve(data) as server:
        for film, title in titles.items():
            answer = server.client.get(f"/api/movies/{film}").json()
            assert answer["title"] == title, f"{answer['title']!r}, want {title!r}"
        everything = server.client.get("/api/movies?limit=100").json()
        assert everything["total"] == len(titles), everything
        found = server.client.get("/api/movies?query=" + urllib.parse.quote(titles["2"][:16])).json()
        assert "2" in [movie["movie_id"] for movie in found["movies"]], found
        assert server.client.history(viewer), "the viewer has no history"
        listed = server.client.recommendations("nobody", 10)["recommendations"]
        assert {film["title"] for film in listed} == set(titles.values()), listed
        assert server.end() == 0
    assert stage.program.audit(data)["holds"] is True
    stage.program.must("rebuild", "--verify", "--data", data)
    return data


@scenario("MovieLens CSV, with quotes and commas in titles", fast=True)
def movielens_csv(stage):
    header = "userId,movieId,rating,timestamp\n"
    dataset = write(stage.empty() / "ml-latest", {
        "movies.csv": CSV_MOVIES.replace("\n", "\r\n"), "ratings.csv": ratings(",", "\r\n", header),
        "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n", "tags.csv": "userId,movieId,tag,timestamp\n"})
    serve_and_check(stage, dataset, TITLES, 12)


@scenario("MovieLens 1M, '::' and Latin-1")
def movielens_1m(stage):
    dataset = stage.empty() / "ml-1m"
    write(dataset, {"movies.dat": "1::Toy Story (1995)::Animation|Comedy\n"
                                  "2::City of Lost Children, The (Cité des enfants perdus, La) (1995)::Fantasy\n"
                                  "3::Say \"Cheese\", Please (2001)::Comedy\n"}, "latin-1")
    write(dataset, {"ratings.dat": ratings("::"), "users.dat": "1::F::1::10::48067\n"})
    serve_and_check(stage, dataset, TITLES, 12)


@scenario("MovieLens 10M, '::' and UTF-8, with '::' inside a title")
def movielens_10m(stage):
    dataset = write(stage.empty() / "ml-10M100K", {
        "movies.dat": "1::Toy Story (1995)::Animation\n"
                      "2::City of Lost Children, The (Cité des enfants perdus, La) (1995)::Fantasy\n"
                      "3::Mission:: Possible – 東京 (2001)::Comedy\n",
        "ratings.dat": ratings("::").replace("::4::", "::4.5::"), "tags.dat": ""})
    serve_and_check(stage, dataset, {**TITLES, "3": "Mission:: Possible – 東京"}, 12)


@scenario("MovieLens 100K, Latin-1 between bars")
def movielens_100k(stage):
    def item(film, title, flags):
        return f"{film}|{title}|01-Jan-1995||http://us.imdb.com/M/title-exact?x|" + "|".join(flags) + "\n"
    dataset = stage.empty() / "ml-100k"
    write(dataset, {"u.item": item(1, "Toy Story (1995)", "0001110000000000000")
                    + item(2, "City of Lost Children, The (Cité des enfants perdus, La) (1995)", "0" * 19)
                    + item(3, "Say \"Cheese\", Please (2001)", "0000010000000000000")}, "latin-1")
    write(dataset, {"u.data": ratings("\t")})
    data = serve_and_check(stage, dataset, TITLES, 12)
    with stage.program.serve(data) as server:
        assert "Comedy" in server.client.get("/api/movies/3").json()["genres"]
        assert server.end() == 0


@scenario("your own CSV", fast=True)
def own_csv(stage):
    dataset = write(stage.empty() / "mine", {
        "movies.csv": "title,movie_id,genres,year,country\n"
                      "Toy Story,1,Animation,1995,US\n"
                      '"Señor, ""Sí"" – 東京",2,Drama|Comedy,2001,MX\n',
        "interactions.csv": "user_id,movie_id,event_type,value,timestamp\n"
                            "ana,1,rating,4.5,2024-05-01T10:00:00Z\nana,2,like,,1714557700\n"
                            "bo:b,2,view,0.9,1714557800000\n"})
    serve_and_check(stage, dataset, {"1": "Toy Story", "2": 'Señor, "Sí" – 東京'}, 3, "ana")


@scenario("your own JSON lines")
def own_jsonl(stage):
    dataset = write(stage.empty() / "mine", {
        "movies.jsonl": '{"movie_id":"1","title":"Toy Story","year":1995,"genres":["Animation"]}\n'
                        '{"movie_id":2,"title":"Se\\u00f1or – 東京","director":"Ana"}\n',
        "interactions.jsonl": '{"user_id":"ana","movie_id":"1","event_type":"click","timestamp":1714557700}\n'
                              '{"user_id":"ana","movie_id":2,"value":5,"timestamp":"2024-05-01T10:00:00+02:00"}\n'})
    serve_and_check(stage, dataset, {"1": "Toy Story", "2": "Señor – 東京"}, 2, "ana")


@scenario("an unknown format is one line that lists what is wanted", fast=True)
def unknown_format(stage):
    dataset = write(stage.empty(), {"films.xml": "<films/>", "ratings.parquet": "PAR1"})
    done = stage.program.run("import", "--dataset", dataset, "--data", stage.empty())
    assert done.returncode in (FAILED, USAGE), done
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for wanted in ("movies.csv", "ratings.csv", "movies.dat", "u.item", "interactions.csv", ".jsonl"):
        assert wanted in lines[0], f"{wanted} is not in: {lines[0]}"


def many_ratings(good, bad):
    lines = [f"{i % 500},{i % 3 + 1},4.0,{1_000_000_000 + i}" for i in range(good)]
    for i in range(bad):
        lines.insert((i + 1) * good // (bad + 1), f"{i},no film at all")
    return "userId,movieId,rating,timestamp\n" + "\n".join(lines) + "\n"


def visible(stage, data):
    """What somebody could see of a directory."""
    with stage.program.serve(data) as server:
        seen = [server.client.get("/api/movies?limit=100&sort=title").json(), server.client.history("v"),
                server.client.history("1")]
        assert server.end() == 0
    return seen, stage.program.audit(data)


@scenario("malformed lines are named, counted and skipped up to 0.1 %", fast=True)
def skipped_lines(stage):
    dataset = write(stage.empty() / "ml", {"movies.csv": CSV_MOVIES, "ratings.csv": many_ratings(4000, 4)})
    done = stage.program.run("import", "--dataset", dataset, "--data", stage.empty())
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("skipped ratings.csv:") == 4 and "not 4 fields" in done.stderr, done.stderr
    assert "4000 interactions, 4 lines skipped" in done.stderr, done.stderr


@scenario("past the limit nothing of the import is seen, also where data lie already", fast=True, platform=True)
def too_many_malformed(stage):
    dataset = write(stage.empty() / "ml", {"movies.csv": CSV_MOVIES, "ratings.csv": many_ratings(4000, 6)})
    fresh, used = stage.empty(), stage.empty()
    with stage.program.serve(used) as server:
        put = server.client.request("PUT", "/api/movies/own", {"title": "Own"}, operator=True)
        assert put.status in (200, 201), put
        offset = server.client.event("v", "own")["offset"]
        server.client.list_with("v", offset)
        assert server.end() == 0
    before = visible(stage, used)
    for data in (fresh, used):
        done = stage.program.run("import", "--dataset", dataset, "--data", data)
        assert done.returncode == DAMAGED, f"exit code {done.returncode}: {done.stderr}"
        last = done.stderr.strip().splitlines()[-1]
        for word in ("ratings.csv:", "not 4 fields", "0.1 %", "import.skipped_share_max"):
            assert word in last, f"'{word}' is not in: {last}"
        assert not list(data.rglob("*.parquet")) and not list(data.rglob("marquee-sort-*")), "left over"
    assert visible(stage, used) == before
    assert visible(stage, fresh)[0][0]["total"] == 0
    done = stage.program.run("import", "--dataset", dataset, "--data", used,
                             "--set", "import.skipped_share_max=0.01")
    assert done.returncode == 0 and "6 lines skipped" in done.stderr, done.stderr
    stage.program.must("rebuild", "--verify", "--data", used)


@scenario("kill -9 of an import is never seen, and the next one is whole", seconds=15, platform=True)
def killed_import(stage):
    count = 6_000 if stage.program.on_kafka else 60_000  # a database takes longer for each
    dataset = write(stage.empty() / "ml", {"movies.csv": CSV_MOVIES, "ratings.csv": many_ratings(count, 0)})
    reference = stage.empty()
    begin = time.monotonic()
    stage.program.must("import", "--dataset", dataset, "--data", reference)
    took = time.monotonic() - begin
    want = stage.program.must("rebuild", "--verify", "--data", reference)
    for share in (0.2, 0.5, 0.7, 0.9, 0.97):
        data = stage.empty()
        process = subprocess.Popen([stage.program.path, "import", "--dataset", dataset, "--data", data],
                                   stderr=subprocess.DEVNULL, env=stage.program.environment)
        try:
            process.wait(took * share)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            if (data / "import.unfinished").exists():
                refused = stage.program.run("serve", "--data", data, "--port", 0, timeout_s=60)
                assert refused.returncode == FAILED and "marquee import" in refused.stderr, refused
        stage.program.must("import", "--dataset", dataset, "--data", data)
        assert stage.program.must("rebuild", "--verify", "--data", data) == want
        shutil.rmtree(data)
