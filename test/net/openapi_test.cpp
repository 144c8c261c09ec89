// The description of the interface against the codecs that read requests: what it allows they take, what it
// does not they refuse, and they know no field that it does not name.
#include "net/codec.hpp"
#include "net/openapi.hpp"
#include "net/text_codec.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "schema_samples.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net::test {
namespace {

constexpr std::uint32_t width = 8;

api_facts facts() {
  api_facts made;
  made.version = "1.2.3";
  made.model = "tiny";
  made.vocabulary = 2147483648;  // all tokens that there can be: the codecs do not know how many there are
  made.width = width;
  return made;
}

json::object document(const api_facts& of) {
  return json::parse(openapi_page(of)).as_object();
}

/// All that could be the name of a field: short words in quotes in the room's sources.
std::vector<std::string> words_of_the_room() {
  std::set<std::string> found{"no_such_field"};
  const std::regex word("\"([a-z][a-z_]{0,40})\"");
  const auto root = std::filesystem::path(HAWSER_TEST_DATA).parent_path().parent_path().parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(root / "net")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream in(entry.path());
    const std::string text(std::istreambuf_iterator<char>(in), {});
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at)
      found.insert((*at)[1].str());
  }
  return {found.begin(), found.end()};
}

struct verdict {
  bool taken = true;
  std::string why{};
};

verdict verdict_of(const api_error& e) {
  // That nothing is remembered here says nothing of the field.
  return {e.code == "previous_response_not_found", e.message};
}

/// What the endpoint's codec says of a body.
verdict judge(endpoint where, const json::value& body, bool thinks) {
  codec_context context{"1", "tiny", 1700000000, true, 42, {}, {}};
  context.width = width;
  if (thinks) context.thinking = {"<think>", "</think>", {}};
  const std::string text = json::serialize(body);
  if (is_about_text(where)) {
    const auto got = read_text_question(where, text, {}, context);
    return got ? verdict{} : verdict_of(got.error());
  }
  const auto got = read_job(where, text, {}, context);
  return got ? verdict{} : verdict_of(got.error());
}

/// The schema of each endpoint that takes a body.
std::vector<std::pair<endpoint, json::value>> bodies_of(const json::object& whole) {
  std::vector<std::pair<endpoint, json::value>> made;
  for (const auto& path : whole.at("paths").as_object()) {
    const json::value* const post = path.value().as_object().if_contains("post");
    if (post == nullptr) continue;
    const auto where = find_route(std::string_view(path.key().data(), path.key().size()));
    BOOST_TEST_REQUIRE(where.has_value());
    made.emplace_back(where->to, post->at("requestBody").at("content").at("application/json").at("schema"));
  }
  return made;
}

/// Names that rules over several fields require.
void collect_ruled(const schema_book& book, const json::value& at, std::set<std::string>& to) {
  if (const json::array* const list = at.if_array()) {
    for (const json::value& one : *list) collect_ruled(book, one, to);
  } else if (at.is_object()) {
    for (const auto& member : book.resolve(at)) {
      if (member.key() != "required") {
        collect_ruled(book, member.value(), to);
        continue;
      }
      for (const json::value& name : member.value().as_array())
        to.insert(std::string(name.as_string().c_str()));
    }
  }
}

/// Bodies with every pair of fields that a rule joins.
void add_pairs(const schema_book& book, const json::object& s, std::vector<json::value>& to) {
  const json::value* const rules = s.if_contains("allOf");
  if (rules == nullptr) return;
  std::set<std::string> names;
  collect_ruled(book, *rules, names);
  const json::object& properties = s.at("properties").as_object();
  const json::object least = book.least(s);
  for (const std::string& first : names) {
    for (const std::string& second : names) {
      if (first >= second) continue;
      for (const json::value& one : book.samples(properties.at(first))) {
        for (const json::value& other : book.samples(properties.at(second))) {
          json::object body = least;
          body[first] = one;
          body[second] = other;
          to.emplace_back(std::move(body));
        }
      }
    }
  }
}

std::vector<json::value> samples_of(const schema_book& book, const json::value& schema) {
  std::vector<json::value> made = book.samples(schema);
  const json::object& s = book.resolve(schema);
  if (const json::value* const branches = s.if_contains("oneOf")) {
    for (const json::value& one : branches->as_array()) add_pairs(book, book.resolve(one), made);
  } else {
    add_pairs(book, s, made);
  }
  return made;
}

BOOST_AUTO_TEST_SUITE(openapi)

BOOST_AUTO_TEST_CASE(the_codecs_take_what_is_described_and_nothing_else) {
  const std::vector<std::string> words = words_of_the_room();
  BOOST_TEST(words.size() > 200);
  for (const bool thinks : {false, true}) {
    api_facts of = facts();
    of.thinks = thinks;
    const json::object whole = document(of);
    const schema_book book(whole, words);
    std::size_t taken = 0;
    std::size_t refused = 0;
    for (const auto& [where, schema] : bodies_of(whole)) {
      if (thinks && where != endpoint::messages) continue;  // the others do not differ
      for (const json::value& body : samples_of(book, schema)) {
        const bool allowed = book.allows(schema, body);
        const verdict said = judge(where, body, thinks);
        BOOST_TEST_INFO("endpoint " << static_cast<int>(where) << ": " << json::serialize(body).substr(0, 300)
                                    << ": " << said.why);
        BOOST_CHECK(allowed == said.taken);
        ++(allowed ? taken : refused);
      }
    }
    BOOST_TEST(taken > 100);
    BOOST_TEST(refused > 1000);
  }
}

BOOST_AUTO_TEST_CASE(every_endpoint_is_described_with_its_methods) {
  const json::object whole = document(facts());
  std::set<endpoint> found;
  for (const auto& path : whole.at("paths").as_object()) {
    std::string at(path.key().data(), path.key().size());
    if (const std::size_t id = at.find("{id}"); id != std::string::npos) at.replace(id, 4, "a");
    const auto where = find_route(at);
    BOOST_TEST_REQUIRE(where.has_value(), at);
    found.insert(where->to);
    for (const char* const method : {"GET", "POST", "DELETE", "PUT", "PATCH"}) {
      std::string small(method);
      for (char& c : small) c = static_cast<char>(c + 32);
      BOOST_TEST_INFO(at << ' ' << method);
      BOOST_TEST(check_method(where->to, method).has_value() == path.value().as_object().contains(small));
    }
  }
  BOOST_TEST(found.size() == static_cast<std::size_t>(endpoint::embeddings) + 1);
}

BOOST_AUTO_TEST_CASE(servers_differ) {
  api_facts other = facts();
  other.keys = true;
  other.has_chat_template = false;
  other.limits.choices = 3;
  const json::object plain = document(facts());
  const json::object whole = document(other);
  BOOST_TEST(!plain.contains("security"));
  BOOST_TEST(whole.at("security").as_array().size() == 2u);
  BOOST_TEST(whole.at("paths").at("/health").at("get").at("security").as_array().empty());
  BOOST_TEST(whole.at("info").at("version").as_string() == "1.2.3");
  BOOST_TEST(!whole.at("paths").as_object().contains("/v1/messages"));
  BOOST_TEST(whole.at("components").at("schemas").at("choices").at("maximum").as_int64() == 3);
  const std::regex left("\"\\$(?!ref\"|response\\.body)");
  BOOST_TEST(!std::regex_search(json::serialize(whole), left));
  BOOST_TEST(json::serialize(whole).find("x-with") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(number_patterns_are_exact) {
  for (const std::uint32_t last : {0u, 5u, 9u, 10u, 19u, 100u, 257u, 909u, 1000u, 1999u}) {
    const std::regex pattern("^" + number_pattern(last) + "$");
    for (std::uint32_t n = 0; n < 2100; ++n) {
      const bool found = std::regex_match(std::to_string(n), pattern);
      if (found != (n <= last)) BOOST_ERROR(number_pattern(last) << " and " << n);
    }
    BOOST_TEST(std::regex_match("000" + std::to_string(last), pattern));
    BOOST_TEST(!std::regex_match("-1", pattern));
    BOOST_TEST(!std::regex_match("", pattern));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
