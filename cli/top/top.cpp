#include "cli/commands.hpp"
#include "cli/load/target.hpp"
#include "cli/top/frame.hpp"
#include "cli/top/live_screen.hpp"
#include "cli/top/page_reader.hpp"
#include "cli/top/snapshot.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;

struct top_flags {
  std::string url = "http://127.0.0.1:8000";
  double interval = 1;
  bool once = false;
  bool json = false;
};

load::target target_from(const top_flags& flags) {
  auto read = load::read_url(flags.url, load::dialect::predict);
  if (read.has_error()) throw failure(exit_code::usage, read.error().what);
  return std::move(*read);
}

/// What a page that is none of a server's actors means.
std::string objection(const std::string& where, const web_page& page, const std::string& why) {
  if (page.status == 403)
    return "the server at " + where +
           " shows its actors to programs on its own machine only: run hawser top there";
  if (page.status == 404)
    return "the server at " + where +
           " has no page of its actors (404): is it a hawser, and of this version?";
  if (page.status != 200)
    return "the server at " + where + " answers " + std::to_string(page.status) + " for /v1/actors";
  return "the server at " + where + " answers, but not as a hawser does: " + why;
}

class top_view {
 public:
  explicit top_view(const top_flags& flags)
      : flags_(flags), to_(target_from(flags)), where_(to_.host + ":" + to_.port), signals_(io_),
        timer_(io_) {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    signals_.async_wait([this](boost::system::error_code ec, int) {
      if (!ec) end();
    });
  }

  exit_code run() {
    ask();
    io_.run();
    screen_.reset();
    if (!sentence_.empty()) throw failure(exit_code::server, sentence_);
    return exit_code::ok;
  }

 private:
  void ask() {
    constexpr std::chrono::seconds patience(5);
    read_page(io_, to_, "/v1/actors", patience, [this](page_result<web_page> page) {
      if (page.has_error()) return missed(page.error().what);
      const auto read = read_snapshot(page->body);
      if (page->status != 200 || read.has_error())
        return missed(objection(where_, *page, read.has_error() ? read.error().what : ""));
      seen(*read, page->body);
    });
  }

  void seen(const actor_snapshot& now, const std::string& body) {
    bool written = true;
    if (flags_.json) {
      written = static_cast<bool>(std::cout << body << std::flush);
    } else if (before_ || !flags_.once) {  // one frame alone waits for something to compare with
      written = screen_->show(draw_frame(before_ ? &*before_ : nullptr, now, where_, screen_->size()));
    }
    const bool enough = flags_.once && (flags_.json || before_.has_value());
    before_ = now;
    if (enough || !written) return end();
    again();
  }

  /// On a terminal a server that is being restarted is waited for.
  void missed(const std::string& sentence) {
    before_.reset();
    if (flags_.once || flags_.json || !screen_->is_terminal()) {
      sentence_ = sentence;
      return end();
    }
    if (!screen_->show(draw_notice(where_, sentence, screen_->size()))) return end();
    again();
  }

  void again() {
    timer_.expires_after(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::duration<double>(flags_.interval)));
    timer_.async_wait([this](boost::system::error_code ec) {
      if (!ec) ask();
    });
  }

  void end() { io_.stop(); }

  const top_flags& flags_;
  const load::target to_;
  const std::string where_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  asio::steady_timer timer_;
  std::optional<live_screen> screen_{std::in_place};
  std::optional<actor_snapshot> before_;
  std::string sentence_;  // of what ended it
};

}  // namespace

void add_top(const command_parser& app) {
  const auto command = app.add_command("top", "Watch the actors of a running server");
  auto flags = std::make_shared<top_flags>();
  command.add_option("URL", flags->url, "http://HOST:PORT of a server on this machine").default_shown();
  command.add_option("--interval", flags->interval, "Seconds between two looks")
      .within(0.1, 3600.0)
      .default_shown();
  command.add_flag("--once", flags->once, "One frame, of two looks, and the end");
  command.add_flag("--json", flags->json, "What the server says, as it says it; nothing is drawn");
  command.footer("\nIt draws the supervision tree anew each interval: messages a second, busy share of a "
                 "thread, letters "
                 "that wait\nand the age of the oldest, slow handlers, restarts. Ctrl-C ends it. Into a "
                 "pipe it prints a "
                 "frame each interval.");
  command.run([flags] { return top_view(*flags).run(); });
}

}  // namespace hawser::cli
