#include "runtime/supervisor.hpp"

#include <stdexcept>

namespace hawser::runtime {
namespace detail {
namespace {

std::vector<restart> policies(const family& of) {
  std::vector<restart> all;
  for (const child& each : of.children) all.push_back(each.options.again);
  return all;
}

}  // namespace

supervisor::supervisor(home where, std::shared_ptr<family> whose)
    : actor(where), family_(std::move(whose)), plan_(family_->options.limits, policies(*family_)) {
  adopt();
  try {
    obey();
  } catch (...) {
    // In reverse, as far as they came; nobody waits for them.
    for (std::size_t i = family_->children.size(); i-- > 0;) {
      const child& each = family_->children[i];
      if (!each.vacant) each.where->retire(each.life);
    }
    throw;
  }
  starting_ = false;
}

supervisor::~supervisor() {
  // None is up after an orderly end.
  for (std::size_t i = family_->children.size(); i-- > 0;) {
    if (!family_->children[i].vacant) family_->children[i].where->kill();
  }
}

void supervisor::adopt() {
  for (std::size_t i = 0; i < family_->children.size(); ++i) {
    child& each = family_->children[i];
    if (!each.vacant) {
      each.where->state() == actor_state::ended ? plan_.is_gone(i) : plan_.is_up(i);
      continue;
    }
    each.where->set_parent(self().id());
    each.where->keep([to = self(), i](vacant_cell vacant) { to.notify(child_left{i, std::move(vacant)}); });
  }
}

void supervisor::on(child_left m) {
  const bool failed = m.vacant.failed();
  if (failed) last_reason_ = family_->children[m.number].options.name + ": " + m.vacant.reason();
  fell(m.number, std::move(m.vacant), failed);
  obey();
}

void supervisor::fell(std::size_t number, vacant_cell vacant, bool failed) {
  child& it = family_->children[number];
  using fate = supervision_plan::fate;
  const fate what = plan_.fell(number, failed, time().now());
  if (what == fate::ended || (what == fate::stopped && family_->final)) return vacant.end();
  if (it.options.waiting == mail::refused) vacant.empty_out();
  it.vacant = std::move(vacant);
}

void supervisor::on_stop() {
  plan_.stop();
  obey();
}

bool supervisor::on_retire() {
  plan_.retire();
  obey();
  return false;
}

void supervisor::obey() {
  while (const auto order = plan_.next()) obey(*order);
}

void supervisor::obey(supervision_order order) {
  using what = supervision_order::what;
  switch (order.to_do) {
  case what::start:
    return raise(order.child);
  case what::retire:
  case what::stop:
  case what::kill:
    return ask_to_go(order);
  case what::finish:
    return finish();
  case what::leave:
    return end_life();
  case what::escalate:
    throw std::runtime_error("too many restarts, the last for " + last_reason_);
  }
}

void supervisor::raise(std::size_t number) {
  child& it = family_->children[number];
  try {
    void* object = nullptr;
    std::unique_ptr<actor_base> made = it.make(home(*it.where), object);
    it.life = it.where->life();
    it.vacant.revive(object, std::move(made));
  } catch (const std::exception& e) {
    if (starting_) throw;
    last_reason_ = it.options.name + ": " + e.what();
    fell(number, std::move(it.vacant), true);
  }
}

void supervisor::ask_to_go(supervision_order how) {
  using what = supervision_order::what;
  const child& it = family_->children[how.child];
  if (how.to_do == what::retire) {
    it.where->retire(it.life);
  } else if (how.to_do == what::kill) {
    it.where->kill();
  } else {
    if (it.below) it.below->final = family_->final.load();
    it.where->stop();
  }
  deadline_ = after(it.options.stop_within, [this, number = how.child] {
    plan_.late(number);
    obey();
  });
}

void supervisor::finish() {
  deadline_.cancel();
  if (family_->final) {
    for (child& each : family_->children) each.vacant.end();
  }
  close();
}

}  // namespace detail

supervision::supervision(scheduler& by, supervision_options options)
    : by_(by), family_(std::make_shared<detail::family>()) {
  family_->options = std::move(options);
}

cell_ptr supervision::enter(child_options options, detail::child::maker make) {
  vacant_cell vacant = vacant_cell::make(by_, {.name = options.name,
                                               .bound = options.mailbox,
                                               .slow_after = options.slow_handler,
                                               .worker = options.worker});
  cell_ptr where = vacant.which();
  family_->children.push_back({.options = std::move(options),
                               .make = std::move(make),
                               .where = where,
                               .vacant = std::move(vacant),
                               .below = nullptr,
                               .life = 0});
  return where;
}

address<> supervision::add(supervision below, child_options options) {
  options.name = below.family_->options.name;
  const std::shared_ptr<detail::family> of = std::move(below.family_);
  const address<> made = add_made<detail::supervisor>(
      std::move(options), [of](home where) { return std::make_unique<detail::supervisor>(where, of); });
  family_->children.back().below = of;
  return made;
}

address<> supervision::start(cell::watch watcher) && {
  family_->final = true;
  return spawn<detail::supervisor>(by_, {.name = family_->options.name, .watcher = std::move(watcher)},
                                   std::move(family_));
}

}  // namespace hawser::runtime
