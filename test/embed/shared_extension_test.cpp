#include "embed/failure.hpp"
#include "embed/shared_extension.hpp"

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>

namespace hawser::embed {
namespace {

std::string complaint(const std::string& library) {
  try {
    (void)open_extension(std::string(HAWSER_EXTENSIONS) + "/" + library, {});
  } catch (const failure& e) {
    BOOST_TEST((e.code() == errc::extension));
    return e.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What the functions of the table below do, and saw.
struct state {
  const hawser_host* host = nullptr;
  std::string seen;
  std::string kept;
};

hawser_text text_of(const char* text) {
  return {text, std::char_traits<char>::length(text)};
}

int judge_request(void* self, const hawser_request* request, void* to) {
  auto& my = *static_cast<state*>(self);
  my.seen.assign(request->prompt.data, request->prompt.size);
  if (my.seen == "fail") return 7;
  if (my.seen == "refuse")
    my.host->refuse(to, text_of("not today"));
  else if (request->prompt_kind == HAWSER_PROMPT_CHAT)
    my.host->set_prompt(to, text_of(R"({"messages":[]})"));
  else if (my.seen == "change")
    my.host->set_max_tokens(to, 2);
  return 0;
}

int answer_call(void* self, const hawser_call* call, void* to) {
  const auto& my = *static_cast<state*>(self);
  if (call->part < 2)
    my.host->send_event(to, text_of("tick"));
  else
    my.host->respond(to, 201, text_of("text/plain"), call->path);
  return 0;
}

/// Greets, says back what it hears, counts down, and leaves.
int answer_socket(void* self, const hawser_socket_event* event, void* to) {
  const auto& my = *static_cast<state*>(self);
  if (event->what == HAWSER_SOCKET_OPENED) my.host->send_message(to, event->query, 1);
  if (event->what == HAWSER_SOCKET_MESSAGE) {
    my.host->send_message(to, event->message, static_cast<int>(event->is_text));
    my.host->ask_again(to);
  }
  if (event->what == HAWSER_SOCKET_MORE) my.host->close_socket(to, 4002, text_of("done"));
  return event->what == HAWSER_SOCKET_CLOSED ? 1 : 0;
}

int weigh_request(void* self, const hawser_admission* asked, void* to) {
  const auto& my = *static_cast<state*>(self);
  if (asked->load > 0.5 && asked->rank == 2) my.host->turn_away(to, text_of("too busy"), 2500);
  if (asked->wait_seconds[1] > 5 && asked->queued[1] == 7) my.host->let_in(to);
  return asked->choices == 8 ? 1 : 0;
}

int find_answer(void* self, const hawser_answer_key* key, void* to) {
  const auto& my = *static_cast<state*>(self);
  if (std::string_view(key->question.data, key->question.size) == my.kept)
    my.host->give_answer(to, key->tenant);
  return 0;
}

int keep_answer(void* self, const hawser_answer_key* key, hawser_text answer) {
  auto& my = *static_cast<state*>(self);
  my.kept.assign(key->question.data, key->question.size);
  return answer.size == 0 ? 1 : 0;
}

int forget_answers(void* self, hawser_text tenant, int all) {
  auto& my = *static_cast<state*>(self);
  if (all != 0 || tenant.size == 2) my.kept.clear();
  return 0;
}

const hawser_text sockets[] = {{"/x/s", 4}};  // NOLINT(modernize-avoid-c-arrays): C

const hawser_text routes[] = {{"/x/c", 4}};  // NOLINT(modernize-avoid-c-arrays): C

hawser_extension good_table() {
  hawser_extension table{};
  table.abi_version = HAWSER_EXTENSION_ABI;
  table.size = sizeof table;
  table.interests = HAWSER_SEES_REQUESTS;
  table.route_count = 1;
  table.routes = &routes[0];
  table.create = [](const hawser_host* host, const hawser_option*, size_t count) -> void* {
    return count == 1 ? new state{host, {}, {}} : nullptr;
  };
  table.destroy = [](void* self) { delete static_cast<state*>(self); };
  table.on_request = judge_request;
  table.on_call = answer_call;
  table.socket_count = 1;
  table.sockets = &sockets[0];
  table.on_socket = answer_socket;
  table.on_admission = weigh_request;
  table.on_find = find_answer;
  table.on_keep = keep_answer;
  table.on_forget = forget_answers;
  return table;
}

seen_request plain(const std::string& text) {
  seen_request made;
  made.spec.prompt = actors::plain_prompt{text};
  return made;
}

BOOST_AUTO_TEST_SUITE(embed_shared_extensions)

BOOST_AUTO_TEST_CASE(a_library_of_another_version_is_refused_with_both_versions) {
  const std::string said = complaint("future_extension.so");
  BOOST_TEST(contains(said, "version 2"), said);
  BOOST_TEST(contains(said, "has version 1"), said);
}

BOOST_AUTO_TEST_CASE(a_library_that_is_none_of_ours_and_one_that_is_missing_are_refused) {
  BOOST_TEST(contains(complaint("empty_extension.so"), "hawser_extension_entry"));
  BOOST_TEST(contains(complaint("missing.so"), "missing.so"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_table_is_said) {
  BOOST_TEST(objection_to(nullptr) != "");
  hawser_extension table = good_table();
  BOOST_TEST(objection_to(&table) == "");
  // One that was made when the table was larger: what is behind is not looked at.
  table.size += 64;
  BOOST_TEST(objection_to(&table) == "");
  table.size = 16;
  BOOST_TEST(contains(objection_to(&table), "16 bytes"));
  table = good_table();
  table.create = nullptr;
  BOOST_TEST(contains(objection_to(&table), "create"));
  table = good_table();
  table.routes = nullptr;
  BOOST_TEST(contains(objection_to(&table), "routes"));
  table = good_table();
  table.sockets = nullptr;
  BOOST_TEST(contains(objection_to(&table), "WebSockets"));
}

BOOST_AUTO_TEST_CASE(requests_reach_the_library_and_its_wishes_come_back) {
  const hawser_extension table = good_table();
  const extension_options options = options_of(table, "c", {{"name", "value"}});
  BOOST_TEST(options.requests);
  BOOST_TEST(!options.answers);
  BOOST_REQUIRE(options.routes.size() == 1u);
  BOOST_TEST(options.routes[0] == "/x/c");
  const auto it = options.make();
  BOOST_TEST(std::holds_alternative<pass>(it->on_request(plain("as it is"))));
  BOOST_TEST(std::get<refuse>(it->on_request(plain("refuse"))).message == "not today");
  const verdict other = it->on_request(plain("change"));
  BOOST_TEST(std::get<change>(other).spec.max_tokens == 2u);
  BOOST_TEST(std::get<actors::plain_prompt>(std::get<change>(other).spec.prompt).text == "change");
  BOOST_CHECK_THROW((void)it->on_request(plain("fail")), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_chat_goes_out_and_comes_back_as_json) {
  const hawser_extension table = good_table();
  const auto it = options_of(table, "c", {{"name", "value"}}).make();
  seen_request chat;
  chat.spec.prompt = actors::chat_prompt{{{"messages", 1}}};
  const verdict said = it->on_request(chat);
  BOOST_TEST(
      std::get<actors::chat_prompt>(std::get<change>(said).spec.prompt).context.at("messages").is_array());
}

BOOST_AUTO_TEST_CASE(a_route_sends_events_and_then_ends) {
  const hawser_extension table = good_table();
  const auto it = options_of(table, "c", {{"name", "value"}}).make();
  net::route_call call;
  call.path = "/x/c";
  const auto first = it->on_call(call);
  BOOST_TEST(first.more);
  BOOST_TEST(first.what.body == "tick");
  call.part = 2;
  const auto last = it->on_call(call);
  BOOST_TEST(!last.more);
  BOOST_TEST(last.what.status == 201);
  BOOST_TEST(last.what.body == "/x/c");
}

BOOST_AUTO_TEST_CASE(a_websocket_is_talked_on) {
  const hawser_extension table = good_table();
  const extension_options options = options_of(table, "c", {{"name", "value"}});
  BOOST_REQUIRE(options.sockets.size() == 1u);
  BOOST_TEST(options.sockets[0] == "/x/s");
  const auto it = options.make();
  net::socket_call call;
  call.what = net::socket_event::opened;
  call.query = "hello";
  BOOST_TEST(it->on_socket(call).message.value().data == "hello");
  call.what = net::socket_event::message;
  call.message = {"\xff", false};
  const auto echo = it->on_socket(call);
  BOOST_TEST(echo.message.value().data == "\xff");
  BOOST_TEST(!echo.message.value().text);
  BOOST_TEST(echo.more);
  call.what = net::socket_event::more;
  const auto last = it->on_socket(call);
  BOOST_TEST(!last.message.has_value());
  BOOST_TEST(last.close == 4002);
  BOOST_TEST(last.reason == "done");
  call.what = net::socket_event::closed;
  BOOST_CHECK_THROW((void)it->on_socket(call), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(admission_is_decided_by_the_library_or_not) {
  hawser_extension table = good_table();
  BOOST_TEST(!options_of(table, "c", {}).admission);
  table.interests = HAWSER_DECIDES_ADMISSION;
  const extension_options options = options_of(table, "c", {{"name", "value"}});
  BOOST_TEST(options.admission);
  const auto it = options.make();
  admission_facts facts;
  BOOST_TEST(std::holds_alternative<by_default>(it->on_admission(facts)));
  facts.rank = actors::priority::batch;
  facts.load.load = 0.75;
  const auto no = std::get<turn_away>(it->on_admission(facts));
  BOOST_TEST(no.message == "too busy");
  BOOST_TEST(no.retry_after.count() == 2500);
  facts.load.wait[1] = 6;
  facts.load.queued[1] = 7;
  BOOST_TEST(std::holds_alternative<let_in>(it->on_admission(facts)));
  facts.choices = 8;
  BOOST_CHECK_THROW((void)it->on_admission(facts), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(answers_are_remembered_by_the_library_or_not) {
  hawser_extension table = good_table();
  BOOST_TEST(!options_of(table, "c", {}).results);
  table.interests = HAWSER_REMEMBERS_ANSWERS;
  const extension_options options = options_of(table, "c", {{"name", "value"}});
  BOOST_TEST(options.results);
  const auto it = options.make();
  const answer_key key{"me", "how long"};
  BOOST_TEST(!it->on_find(key));
  it->on_keep(key, "forever");
  BOOST_TEST((it->on_find(key) == "me"));
  it->on_forget("you and me");
  BOOST_TEST(it->on_find(key).has_value());
  it->on_forget("me");
  BOOST_TEST(!it->on_find(key));
  it->on_keep({"me", "again"}, "x");
  it->on_forget(std::nullopt);
  BOOST_TEST(!it->on_find({"me", "again"}));
  BOOST_CHECK_THROW(it->on_keep(key, ""), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(what_an_older_table_does_not_have_is_not_looked_at) {
  hawser_extension table = good_table();
  table.interests = HAWSER_DECIDES_ADMISSION | HAWSER_REMEMBERS_ANSWERS;
  table.size = offsetof(hawser_extension, on_metrics) + sizeof table.on_metrics;
  BOOST_TEST(objection_to(&table) == "");
  const extension_options options = options_of(table, "old", {{"name", "value"}});
  BOOST_TEST(options.sockets.empty());
  BOOST_TEST(!options.results);
  BOOST_TEST(std::holds_alternative<by_default>(options.make()->on_admission({})));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_start_is_a_failure_of_its_making) {
  const hawser_extension table = good_table();
  BOOST_CHECK_THROW((void)options_of(table, "c", {}).make(), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
