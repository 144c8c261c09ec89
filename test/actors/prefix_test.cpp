#include "actors/page_hash.hpp"
#include "actors/page_store.hpp"
#include "actors/prefix_index.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace hawser::actors {
namespace {

constexpr hash_key key{0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};

std::vector<model::token_id> text(const std::string& of) {
  return {of.begin(), of.end()};
}

model::backend_capacity capacity(std::vector<std::uint32_t> windows, std::uint32_t pages) {
  model::backend_capacity made;
  made.seats = 4;
  made.step_tokens = 64;
  made.page_tokens = 4;
  made.context = 4096;
  for (const std::uint32_t window : windows)
    made.groups.push_back({.window = window, .layers = 1, .page_bytes = 1, .pages = pages});
  return made;
}

/// A sequence as the store sees one: it computes its text, then gives all back.
struct writer {
  writer(page_store& to, std::string in, std::uint32_t length) : store(to), world(std::move(in)) {
    for (std::size_t g = 0; g < store.groups(); ++g) tables[g] = page_table(store.shape(g), length);
  }

  /// Takes what is known over; says how many tokens that is.
  std::uint32_t begin(const std::string& of) {
    tokens = text(of);
    const prefix_hit hit = store.look_up(world, tokens, static_cast<std::uint32_t>(tokens.size() - 1) / 4);
    store.take_over(hit, tables);
    chain = {.tip = hit.tip,
             .pages = hit.pages,
             .branch = hit.matched,
             .prompt = static_cast<std::uint32_t>(tokens.size()) / 4};
    computed = hit.pages * 4;
    return computed;
  }

  void compute(std::uint32_t chunk = 8) {
    while (computed < tokens.size()) {
      const auto end = std::min<std::uint32_t>(computed + chunk, static_cast<std::uint32_t>(tokens.size()));
      for (std::size_t g = 0; g < store.groups(); ++g) {
        tables[g].slide(computed, store.pool(g));
        store.make_room(g, tables[g].missing(end));
        BOOST_TEST_REQUIRE(tables[g].grow(end, store.pool(g)));
      }
      computed = end;
      store.remember(world, chain, tables, tokens, computed);
    }
  }

  page_store& store;
  std::string world;
  page_tables tables;
  prefix_chain chain;
  std::vector<model::token_id> tokens;
  std::uint32_t computed = 0;
};

/// All of one text; says how many of its tokens were found.
std::uint32_t write(page_store& store, const std::string& of, const std::string& world = "w") {
  writer one(store, world, static_cast<std::uint32_t>(of.size()) + 4);
  const std::uint32_t found = one.begin(of);
  one.compute();
  store.release(one.tables);
  return found;
}

BOOST_AUTO_TEST_SUITE(prefix)

// The first two of the authors' vectors.
BOOST_AUTO_TEST_CASE(the_hash_is_siphash) {
  BOOST_TEST((hash_bytes(key, "") == page_hash{0xe6a825ba047f81a3ull, 0x930255c71472f66dull}));
  BOOST_TEST(
      (hash_bytes(key, std::string(1, '\0')) == page_hash{0x44af996bd8c187daull, 0x45fc229b11597634ull}));
  std::string bytes;
  for (char i = 0; i < 63; ++i) bytes += i;
  BOOST_TEST((hash_bytes(key, bytes) == page_hash{0x4a83502f77d15051ull, 0x7cbd3f979a063e50ull}));
}

BOOST_AUTO_TEST_CASE(the_hash_depends_on_key_tokens_and_what_was_before) {
  const auto a = text("abcd");
  const page_hash one = hash_page(key, {1, 2}, a);
  BOOST_TEST((one == hash_page(key, {1, 2}, a)));
  BOOST_TEST((one != hash_page({1, 2}, {1, 2}, a)));
  BOOST_TEST((one != hash_page(key, {2, 2}, a)));
  BOOST_TEST((one != hash_page(key, {1, 2}, text("abce"))));
}

BOOST_AUTO_TEST_CASE(idle_pages_come_back_in_their_order) {
  kv_pool pool(4);
  for (int i = 0; i < 4; ++i) pool.keep(pool.take());
  BOOST_TEST(pool.available() == 0u);
  for (const model::page_id page : {2u, 0u, 3u, 1u}) pool.give(page);
  BOOST_TEST(pool.idle() == 4u);
  BOOST_TEST(pool.used() == 0u);
  BOOST_TEST(pool.free() == 0u);
  pool.treasure(2);
  pool.share(0);  // read again
  BOOST_TEST(pool.idle() == 3u);
  std::vector<model::page_id> order;
  while (pool.idle() > 0) {
    order.push_back(pool.oldest_idle());
    pool.drop(order.back());
  }
  BOOST_TEST((order == std::vector<model::page_id>{3, 1, 2}));
  BOOST_TEST((pool.oldest_idle() == model::no_page));
  pool.drop(0);  // its reader keeps it
  BOOST_TEST(pool.used() == 1u);
  pool.give(0);
  BOOST_TEST(pool.free() == 4u);
}

// Random insertions and removals beside a map of whole prefixes.
BOOST_AUTO_TEST_CASE(the_index_knows_what_was_put_in) {
  std::mt19937 random(5);
  for (const hash_key& with : {key, hash_key{}}) {
    prefix_index index(2, 60, with);
    std::map<std::string, node_id> known;  // "world|tokens"
    for (int round = 0; round < 4000; ++round) {
      std::string name = std::string(1, static_cast<char>('a' + random() % 3)) + "|";
      if (random() % 3 != 0) {
        node_id at = index.open_root(name.substr(0, 1));
        if (at == no_node) continue;
        known[name] = at;
        for (auto left = static_cast<std::uint32_t>(random() % 5); left > 0 && at != no_node; --left) {
          std::string page(2, 'x');
          for (char& c : page) c = static_cast<char>('x' + random() % 2);
          const node_id before = index.child(at, text(page));
          const node_id next = index.insert(at, text(page));
          if (before != no_node) BOOST_TEST_REQUIRE(before == next);
          if (next == no_node) break;
          name += page;
          const auto found = known.find(name);
          BOOST_TEST_REQUIRE((found != known.end()) == (before != no_node));
          BOOST_TEST_REQUIRE(index.depth(next) == (name.size() - 2) / 2);
          BOOST_TEST_REQUIRE(index.parent(next) == at);
          known[name] = at = next;
        }
      } else if (!known.empty()) {
        auto at = known.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random() % known.size()));
        if (index.first_child(at->second) != no_node) continue;
        const prefix_place place = index.place(at->second);
        index.remove(at->second);
        BOOST_TEST_REQUIRE(!index.alive(place));
        known.erase(at);
      }
      BOOST_TEST_REQUIRE(index.size() == known.size());
      BOOST_TEST_REQUIRE(index.size() <= 60u);
    }
    for (const auto& [name, node] : known) {
      node_id at = index.root(name.substr(0, 1));
      for (std::size_t i = 2; i < name.size() && at != no_node; i += 2)
        at = index.child(at, text(name.substr(i, 2)));
      BOOST_TEST(at == node);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_text_is_found_again_in_its_own_world_only) {
  page_store store(capacity({0}, 32), key, 1);
  BOOST_TEST(write(store, "aaaabbbbccccdd") == 0u);
  BOOST_TEST(store.pool(0).used() == 0u);
  BOOST_TEST(store.pool(0).idle() == 3u);
  // The last token always has to be run.
  BOOST_TEST(write(store, "aaaabbbbccccdd") == 12u);
  BOOST_TEST(write(store, "aaaabbbbcccc") == 8u);
  BOOST_TEST(write(store, "aaaabbbbcccX and more") == 8u);
  BOOST_TEST(write(store, "Xaaabbbbcccc") == 0u);
  BOOST_TEST(write(store, "aaaabbbbccccdd", "another") == 0u);
  BOOST_TEST(write(store, "aaaabbbbccccdd", "") == 0u);
  page_store forgetful(capacity({0}, 32), key, 0);
  BOOST_TEST(write(forgetful, "aaaabbbbccccdd") == 0u);
  BOOST_TEST(write(forgetful, "aaaabbbbccccdd") == 0u);
  BOOST_TEST(forgetful.pool(0).free() == 32u);
}

BOOST_AUTO_TEST_CASE(readers_share_pages_and_the_end_of_a_prefix_goes_first) {
  page_store store(capacity({0}, 5), key, 1);
  write(store, "aaaabbbbccccddddx");  // 5 pages, 4 remembered
  writer one(store, "w", 40);
  writer two(store, "w", 40);
  BOOST_TEST(one.begin("aaaabbbbxxxx") == 8u);
  BOOST_TEST(two.begin("aaaabbbbyyyy") == 8u);
  BOOST_TEST(store.pool(0).used() == 2u);
  one.compute();
  two.compute();
  // The last page of the first text had to go for theirs.
  BOOST_TEST(store.pool(0).used() == 4u);
  BOOST_TEST(store.look_up("w", text("aaaabbbbccccddddx"), 4).pages == 3u);
  store.release(one.tables);
  store.release(two.tables);
  BOOST_TEST(store.pool(0).used() == 0u);
  BOOST_TEST(store.look_up("w", text("aaaabbbbyyyyz"), 3).pages == 3u);
}

BOOST_AUTO_TEST_CASE(other_texts_touch_no_more_pages_once_enough_are_idle) {
  page_store store(capacity({0}, 64), key, 0.25);
  std::uint32_t touched = 0;
  for (char c = 'a'; c <= 'z'; ++c) {
    writer one(store, "w", 32);
    one.begin(std::string(24, c) + "!");  // 6 pages to remember, and one more
    one.compute();
    for (const model::page_id page : one.tables[0].entries()) touched = std::max(touched, page + 1);
    store.release(one.tables);
    BOOST_TEST(store.pool(0).idle() <= 16u + 6u);
  }
  BOOST_TEST(touched <= 16u + 2 * 7u);
  BOOST_TEST(store.look_up("w", text(std::string(24, 'z') + "!"), 6).pages == 6u);
  BOOST_TEST(store.look_up("w", text(std::string(24, 'a') + "!"), 6).pages == 0u);
}

BOOST_AUTO_TEST_CASE(the_same_text_computed_twice_is_kept_once) {
  page_store store(capacity({0}, 32), key, 1);
  writer one(store, "w", 40);
  writer two(store, "w", 40);
  one.begin("aaaabbbbccccd");
  two.begin("aaaabbbbccccd");
  one.compute();
  two.compute();
  BOOST_TEST(store.pool(0).used() == 8u);
  store.release(one.tables);
  BOOST_TEST(store.pool(0).idle() == 3u);
  // What follows is remembered behind the other's pages.
  two.tokens = text("aaaabbbbccccddddeeee!");
  two.compute();
  store.release(two.tables);
  BOOST_TEST(store.look_up("w", text("aaaabbbbccccddddeeee!"), 5).pages == 5u);
  BOOST_TEST(store.pool(0).idle() == 5u);
}

BOOST_AUTO_TEST_CASE(a_fork_shares_what_it_reads_and_copies_what_it_writes) {
  page_store store(capacity({0, 6}, 16), key, 0);
  writer one(store, "w", 40);
  one.begin("aaaabbbbccccdd");
  one.compute(14);
  page_tables other;
  for (std::size_t g = 0; g < 2; ++g) other[g] = page_table(store.shape(g), 40);
  std::vector<model::page_copy> copies;
  BOOST_REQUIRE(store.fork(one.tables, 13, other, copies));
  // Position 13 sees 8 .. 13 of the window.
  BOOST_TEST(other[0].first() == 0u);
  BOOST_TEST(other[1].first() == 2u);
  BOOST_TEST(store.pool(0).used() == 5u);
  BOOST_TEST(store.pool(1).used() == 5u);
  BOOST_REQUIRE(copies.size() == 2u);
  for (std::uint32_t g = 0; g < 2; ++g) {
    BOOST_TEST(other[g].entries()[2] == one.tables[g].entries()[2]);
    BOOST_TEST((copies[g] == model::page_copy{g, one.tables[g].entries()[3], other[g].entries()[3]}));
    BOOST_TEST(other[g].entries()[3] != one.tables[g].entries()[3]);
  }
  page_tables third;
  for (std::size_t g = 0; g < 2; ++g) third[g] = page_table(store.shape(g), 40);
  // On the border of a page there is nothing to copy.
  BOOST_TEST(store.fork(one.tables, 12, third, copies));
  BOOST_TEST(copies.size() == 2u);
  BOOST_TEST(store.pool(0).used() + store.pool(1).used() == 10u);
  store.release(third);
  store.release(one.tables);
  BOOST_TEST(store.pool(0).used() == 4u);
  BOOST_TEST(store.pool(1).used() == 2u);
  store.release(other);
  BOOST_TEST(store.pool(0).used() + store.pool(1).used() == 0u);
}

BOOST_AUTO_TEST_CASE(there_is_no_fork_without_all_of_the_pages) {
  page_store store(capacity({0, 6}, 8), key, 0);
  writer one(store, "w", 60);
  one.begin("aaaabbbbccccdd");
  one.compute(14);
  page_tables other;
  for (std::size_t g = 0; g < 2; ++g) other[g] = page_table(store.shape(g), 60);
  std::vector<model::page_copy> copies;
  BOOST_TEST(!store.fork(one.tables, 17, other, copies));  // not computed
  one.tables[1].slide(22, store.pool(1));
  BOOST_TEST(!store.fork(one.tables, 13, other, copies));  // behind the window
  writer greedy(store, "w", 60);
  greedy.begin("xxxxyyyyzzzz1234");
  greedy.compute(16);
  BOOST_TEST(store.pool(0).free() == 0u);
  BOOST_TEST(!store.fork(greedy.tables, 15, other, copies));  // no page to be had
  BOOST_TEST(copies.empty());
  BOOST_TEST(store.pool(0).used() == 8u);
  BOOST_TEST(other[0].held() + other[1].held() == 0u);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_not_to_be_trusted_is_forgotten) {
  page_store store(capacity({0}, 32), key, 1);
  write(store, "aaaabbbbccccd");
  write(store, "zzzzyyyyx");
  writer bad(store, "w", 40);
  bad.begin("aaaabbbbxxxxy");
  bad.compute();
  store.forget(bad.chain);
  store.release(bad.tables);
  BOOST_TEST(store.look_up("w", text("aaaabbbbccccd"), 3).pages == 0u);
  BOOST_TEST(store.look_up("w", text("zzzzyyyyx"), 2).pages == 2u);
  BOOST_TEST(store.pool(0).idle() == 2u);
  BOOST_TEST(store.pool(0).free() == 30u);
}

std::string numbered(std::size_t length) {
  std::string made;
  for (std::size_t i = 0; made.size() < length; ++i) made += std::to_string(i) + ",";
  made.resize(length);
  return made;
}

// 200 tokens in a window of 16: the end of the prompt, of the answer, and the places between are found again.
BOOST_AUTO_TEST_CASE(a_prefix_is_found_again_behind_a_window) {
  page_store store(capacity({0, 16}, 400), key, 1);
  const std::string all = numbered(200);
  write(store, all);
  BOOST_TEST(write(store, all + "more") == 200u);
  BOOST_TEST(write(store, all.substr(0, 190) + "other") == 188u);
  BOOST_TEST(store.pool(0).used() + store.pool(1).used() == 0u);
}

// The window's pool is so small that little can be kept: at most half of a prefix is computed anew, and once
// only.
BOOST_AUTO_TEST_CASE(a_window_keeps_what_bounds_the_work) {
  for (std::size_t branch = 64; branch < 1000; branch += 52) {
    // Window 16: 5 pages of a text at once, and its marks at 64, 128, 256, 512 need 5 each.
    model::backend_capacity small = capacity({0, 16}, 400);
    small.groups[1].pages = 40;
    page_store tight(small, key, true);
    const std::string all = numbered(1000);
    write(tight, all);
    const std::string other = all.substr(0, branch) + "~~~~" + numbered(30);
    const std::uint32_t found = write(tight, other);
    BOOST_TEST(found >= branch / 2 - 4);
    BOOST_TEST(found <= branch);
    // The place where texts part is one of the places now.
    const std::uint32_t again = write(tight, all.substr(0, branch) + "!!!!" + numbered(30));
    BOOST_TEST(again >= branch / 4 * 4);
    BOOST_TEST(tight.pool(1).used() == 0u);
  }
}

// Texts that share beginnings, in any order and at once: owners are counted right, and no page is lost.
BOOST_AUTO_TEST_CASE(random_texts_leave_nothing_behind) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    const std::vector<std::uint32_t> windows = seed % 3 == 0   ? std::vector<std::uint32_t>{0}
                                               : seed % 3 == 1 ? std::vector<std::uint32_t>{0, 6}
                                                               : std::vector<std::uint32_t>{6};
    page_store store(capacity(windows, 90), key, 1);
    std::vector<std::unique_ptr<writer>> running;
    for (int round = 0; round < 300; ++round) {
      if (running.size() < 3 && random() % 2 == 0) {
        std::string of(1 + random() % 80, 'a');
        for (char& c : of) c = static_cast<char>(random() % 12 == 0 ? 'b' : 'a');
        running.push_back(
            std::make_unique<writer>(store, std::string(1, static_cast<char>('u' + random() % 2)), 100));
        running.back()->begin(of);
        running.back()->compute(1 + static_cast<std::uint32_t>(random() % 20));
      } else if (!running.empty()) {
        const std::size_t who = random() % running.size();
        if (random() % 8 == 0) store.forget(running[who]->chain);
        store.release(running[who]->tables);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(who));
      }
      for (std::size_t g = 0; g < store.groups(); ++g) {
        const kv_pool& pool = store.pool(g);
        std::map<model::page_id, std::uint32_t> owners;
        for (const auto& one : running) {
          for (std::uint32_t i = one->tables[g].first(); one->tables[g].holds(i); ++i)
            ++owners[one->tables[g].entries()[i]];
        }
        for (model::page_id page = 0; page < pool.total(); ++page)
          BOOST_TEST_REQUIRE(pool.owners(page) == owners[page] + (pool.kept(page) ? 1 : 0));
      }
    }
    for (const auto& one : running) store.release(one->tables);
    for (std::size_t g = 0; g < store.groups(); ++g) {
      BOOST_TEST(store.pool(g).used() == 0u);
      store.make_room(g, 90);
      BOOST_TEST(store.pool(g).free() == 90u);
    }
    BOOST_TEST(store.index().size() == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
