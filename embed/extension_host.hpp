/// The actor that an extension runs as.
#pragma once

#include "embed/extension.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <string>

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

class extension_host final : public runtime::actor<extension_host, judge, weigh, seen_text, seen_end,
                                                   seen_metrics, net::route_call, net::socket_call> {
 public:
  extension_host(runtime::home where, std::unique_ptr<extension> whom)
      : actor(where), extension_(std::move(whom)) {}

  void on(judge m) { m.to.answer(extension_->on_request(*m.what)); }
  void on(weigh m) { m.to.answer(extension_->on_admission(m.what)); }
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
