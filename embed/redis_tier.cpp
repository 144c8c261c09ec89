#include "embed/redis_tier.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include <utility>

namespace hawser::embed {

using actors::far_found;
using actors::far_outcome;
using kind = redis_reply::kind;

redis_tier::redis_tier(runtime::home where, boost::asio::io_context& io, redis_options options)
    : actor(where), options_(std::move(options)), seal_(options_.secret), breaker_(options_.breaker),
      resolver_(io), link_(io, executor()) {
  boost::system::error_code not_numeric;
  const auto numeric = boost::asio::ip::make_address(options_.where.host, not_numeric);
  if (!not_numeric) address_ = numeric.to_string();
}

void redis_tier::on(actors::far_look m) {
  const auto answer = [to = m.to, number = m.number](far_outcome how, std::string text = {}) {
    to.notify(far_found{number, how, std::move(text)});
  };
  if (!to_forget_.empty()) {
    forget_next();
    return answer(far_outcome::skipped);
  }
  if (!may_ask()) return answer(far_outcome::skipped);
  std::string name = seal_.name(m.tenant, m.question);
  send({"GET", std::move(name)}, [this, answer, question = std::move(m.question)](redis_reply reply) {
    if (reply.what == kind::nothing) return answer(far_outcome::miss);
    if (reply.what != kind::text) return answer(far_outcome::failed);
    if (reply.text.size() > options_.largest) return answer(far_outcome::rejected);
    auto opened = seal_.open(question, reply.text);
    if (!opened) return answer(far_outcome::rejected);
    answer(far_outcome::hit, std::move(*opened));
  });
}

void redis_tier::on(actors::far_keep m) {
  if (!to_forget_.empty() || m.answer.size() + 64 > options_.largest) return;
  if (link_.waiting_bytes() > options_.waiting_bytes || !may_ask()) return;
  send({"SET", seal_.name(m.tenant, m.question), seal_.seal(m.question, m.answer), "PX",
        std::to_string(options_.time_to_live.count())},
       [](const redis_reply&) {});
}

void redis_tier::on(actors::far_forget m) {
  to_forget_.push_back(seal_.prefix(m.tenant, m.all));
  forget_next();
}

void redis_tier::on_stop() {
  stopping_ = true;
  resolver_.cancel();
  timer_.cancel();
  link_.close();
  close();
}

bool redis_tier::may_ask() {
  if (stopping_ || !breaker_.may_try(time().now())) return false;
  if (link_.is_open() || connect()) return true;
  breaker_.failed(time().now());
  return false;
}

// Nothing waits for the connection but the commands' own time.
bool redis_tier::connect() {
  if (address_.empty()) {
    find_address();
    return false;
  }
  if (!link_.open(address_, options_.where.port)) return false;
  const redis_url& who = options_.where;
  const auto ignore = [](const redis_reply&) {};
  if (!who.password.empty()) {
    std::vector<std::string> words{"AUTH"};
    if (!who.user.empty()) words.push_back(who.user);
    words.push_back(who.password);
    send(words, ignore);
  }
  if (who.database != 0) send({"SELECT", std::to_string(who.database)}, ignore);
  return true;
}

void redis_tier::find_address() {
  if (std::exchange(finding_, true)) return;
  resolver_.async_resolve(
      options_.where.host, std::to_string(options_.where.port),
      boost::asio::bind_executor(executor(), [this](boost::system::error_code ec,
                                                    const boost::asio::ip::tcp::resolver::results_type& all) {
        finding_ = false;
        if (!ec && !all.empty()) address_ = all.begin()->endpoint().address().to_string();
      }));
}

void redis_tier::send(const std::vector<std::string>& words, heard done) {
  due_.push_back(time().now() + options_.within);
  link_.send(words, [this, done = std::move(done)](redis_reply reply) {
    if (!due_.empty()) due_.pop_front();
    if (reply.what == kind::failed) {
      breaker_.failed(time().now());
    } else {
      breaker_.succeeded();
    }
    done(std::move(reply));
  });
  watch();
}

// A connection on which one command is late is of no use to those behind it.
void redis_tier::watch() {
  if (due_.empty() || std::exchange(watching_, true)) return;
  timer_ = after(due_.front() - time().now(), [this] {
    watching_ = false;
    if (!due_.empty() && due_.front() <= time().now()) {
      link_.close();
      // A name may have another address by now.
      boost::system::error_code not_numeric;
      (void)boost::asio::ip::make_address(options_.where.host, not_numeric);
      if (not_numeric) address_.clear();
    }
    watch();
  });
}

void redis_tier::forget_next() {
  if (to_forget_.empty() || forgetting_ || !may_ask()) return;
  forgetting_ = true;
  forget_from("0");
}

void redis_tier::forget_from(const std::string& cursor) {
  send({"SCAN", cursor, "MATCH", to_forget_.front() + "*", "COUNT", "500"},
       [this](redis_reply reply) { scanned(std::move(reply)); });
}

void redis_tier::scanned(redis_reply reply) {
  const bool good = reply.what == kind::list && reply.items.size() == 2 &&
                    reply.items[0].what == kind::text && reply.items[1].what == kind::list;
  if (!good || stopping_ || !link_.is_open()) {
    forgetting_ = false;  // begun again with the next question
    return;
  }
  std::vector<std::string> words{"UNLINK"};
  for (redis_reply& name : reply.items[1].items) words.push_back(std::move(name.text));
  if (words.size() > 1) send(words, [](const redis_reply&) {});
  if (reply.items[0].text != "0") return forget_from(reply.items[0].text);
  to_forget_.pop_front();
  forgetting_ = false;
  forget_next();
}

}  // namespace hawser::embed
