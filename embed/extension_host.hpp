/// The actor that an extension runs as.
#pragma once

#include "actors/far_mail.hpp"
#include "embed/extension.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace hawser::embed {

/// What becomes of this request? Answered, or dropped when the extension fails.
struct judge : runtime::asks<verdict> {
  std::shared_ptr<const seen_request> what;
};

/// Does it come in? Likewise; then the server's own policy decides.
struct weigh : runtime::asks<admission_verdict> {
  admission_facts what;
};

struct seen_metrics {
  std::shared_ptr<const std::string> page;
};

/// What the gate says to an extension.
using guest_address = runtime::address<judge, weigh, seen_text, seen_end, seen_metrics>;

class extension_host final
    : public runtime::actor<extension_host, judge, weigh, seen_text, seen_end, seen_metrics, net::route_call,
                            net::socket_call, actors::far_look, actors::far_keep, actors::far_forget> {
 public:
  extension_host(runtime::home where, std::unique_ptr<extension> whom)
      : actor(where), extension_(std::move(whom)) {}

  void on(judge m) { m.to.answer(extension_->on_request(*m.what)); }
  void on(weigh m) { m.to.answer(extension_->on_admission(m.what)); }
  void on(const actors::far_look& m) {
    actors::far_found said{m.number, actors::far_outcome::failed, {}};
    try {
      auto found = extension_->on_find({m.tenant, m.question});
      said.how = found ? actors::far_outcome::hit : actors::far_outcome::miss;
      if (found) said.answer = std::move(*found);
    } catch (...) {
      m.to.notify(std::move(said));  // so that nobody waits for the next life
      throw;
    }
    m.to.notify(std::move(said));
  }
  void on(const actors::far_keep& m) { extension_->on_keep({m.tenant, m.question}, m.answer); }
  void on(const actors::far_forget& m) {
    extension_->on_forget(m.all ? std::nullopt : std::optional(m.tenant));
  }
  void on(const seen_text& m) { extension_->on_text(m); }
  void on(const seen_end& m) { extension_->on_end(m); }
  void on(const seen_metrics& m) { extension_->on_metrics(*m.page); }
  void on(net::route_call m) {
    net::route_reply reply = extension_->on_call(m);
    m.to.answer(std::move(reply));
  }
  void on(net::socket_call m) {
    net::socket_reply reply = extension_->on_socket(m);
    m.to.answer(std::move(reply));
  }

 private:
  std::unique_ptr<extension> extension_;
};

}  // namespace hawser::embed
