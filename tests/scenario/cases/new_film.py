"""A film that was added by hand: found and recommended at once, and gone at once when withdrawn."""

import urllib.parse
from collections import Counter

from cases import scenario

MATCHING_MIN = 3  # of the viewers asked
VIEWERS = 12


def put(client, film, title, genres, year=2001):
    answer = client.request("PUT", f"/api/movies/{film}", {"title": title, "year": year, "genres": genres},
                            operator=True)
    assert answer.status in (200, 201), answer


def found(client, words, film):
    answer = client.get("/api/movies?query=" + urllib.parse.quote(words)).json()
    return film in [movie["movie_id"] for movie in answer["movies"]]


def place(client, user, film, limit=20):
    """1 for the first; None when the film is not in the list."""
    for row in client.recommendations(user, limit)["recommendations"]:
        if row["movie_id"] == film:
            return row["rank"]
    return None


def fans(client, genre, count):
    """New viewers, each of whom likes five other films of a genre."""
    answer = client.get(f"/api/movies?genre={urllib.parse.quote(genre)}&sort=popularity&limit=100").json()
    films = [movie["movie_id"] for movie in answer["movies"] if movie["genres"][0] == genre]
    users = [f"fan-of-{genre}-{number}" for number in range(count)]
    for number, user in enumerate(users):
        for film in films[number:number + 40:8][:5]:
            offset = client.event(user, film, "like")["offset"]
        client.list_with(user, offset)
    return users


def two_genres(client):
    """The two genres that stand first at most films."""
    movies = client.get("/api/movies?sort=popularity&limit=100").json()["movies"]
    firsts = Counter(movie["genres"][0] for movie in movies if movie["genres"])
    return [genre for genre, _ in firsts.most_common(2)]


@scenario("a film that was put is found and recommended at once, and withdrawn at once", fast=True, platform=True)
def put_and_delete(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        client = server.client
        genre, other = two_genres(client)
        matching, others = fans(client, genre, VIEWERS), fans(client, other, VIEWERS)
        put(client, "brand-new", "The Quite Unheard Zyzzyva", [genre])
        assert found(client, "zyzzyva", "brand-new")
        reached = [user for user in matching if place(client, user, "brand-new")]
        elsewhere = [user for user in others if place(client, user, "brand-new")]
        assert len(reached) >= MATCHING_MIN, f"only {reached} of {VIEWERS} fans of {genre} got it"
        assert len(reached) > len(elsewhere), f"{reached} like {genre}, {elsewhere} like {other}"
        assert place(client, reached[0], "brand-new") in (5, 15), place(client, reached[0], "brand-new")
        assert server.end() == 0

    with stage.program.serve(data) as server:  # it outlives the process
        client = server.client
        assert place(client, reached[0], "brand-new") is not None
        gone = client.request("DELETE", "/api/movies/brand-new", operator=True)
        assert gone.status == 204, gone
        assert not found(client, "zyzzyva", "brand-new")
        for user in (*reached, "nobody"):
            assert place(client, user, "brand-new", 100) is None, user
        put(client, "brand-new", "The Quite Unheard Zyzzyva", [genre])
        assert place(client, reached[0], "brand-new") is not None, "put again, it is back"
        assert server.end() == 0


@scenario("a first like of a film that the model does not know moves the list at once", fast=True, platform=True)
def first_like_of_a_new_film(stage):
    with stage.program.serve(stage.copy()) as server:
        client = server.client
        popular = [row["movie_id"] for row in client.recommendations("nobody")["recommendations"]]
        lists = {}
        for number, genre in enumerate(two_genres(client)):
            film, user = f"unknown-{number}", f"first-like-{number}"
            put(client, film, "The Quite Unheard Zyzzyva", [genre])
            offset = client.event(user, film, "like")["offset"]
            got = client.list_with(user, offset, explain="true")
            assert got["source"] == "realtime", got
            assert got["recommendations"][0]["reason"] == "Like what you chose", got
            lists[genre] = [row["movie_id"] for row in got["recommendations"]]
            assert film not in lists[genre] and len(lists[genre]) == 10, lists
        one, other = lists.values()
        assert one != popular and other != popular and one != other, (popular, lists)
        assert server.end() == 0


@scenario("a film that resembles none is found, and recommended once somebody has met it", platform=True)
def like_no_other(stage):
    with stage.program.serve(stage.copy()) as server:
        client = server.client
        users = fans(client, two_genres(client)[0], 3)
        put(client, "odd", "Qqq Xxyx", ["Genre of its own"], year=2199)
        assert found(client, "xxyx", "odd")
        assert all(place(client, user, "odd") is None for user in users)
        assert server.end() == 0
