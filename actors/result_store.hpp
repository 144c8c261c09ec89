/// Where whole answers are remembered: the interface, and the store in memory.
#pragma once

#include "actors/question.hpp"
#include "actors/recording.hpp"
#include "runtime/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace hawser::actors {

/// Used on one actor's turns; must answer from memory.
class result_store {
 public:
  result_store() = default;
  result_store(const result_store&) = delete;
  result_store& operator=(const result_store&) = delete;
  virtual ~result_store() = default;

  /// The answer to exactly this question (`name` is its hash, and proves nothing), or null.
  [[nodiscard]] virtual std::shared_ptr<const recording>
  find(const page_hash& name, std::string_view question, runtime::time_point now) = 0;
  /// In place of what had that name before.
  virtual void keep(const page_hash& name, std::shared_ptr<const recording> answer,
                    runtime::time_point now) = 0;
  /// Drops what is used least; false: it is empty.
  virtual bool give_back() = 0;
  /// Drops the answers to this tenant, or to all.
  virtual std::size_t purge(std::optional<std::string_view> tenant) = 0;
  /// Drops what is too old; how many.
  virtual std::size_t expire(runtime::time_point now) = 0;
  /// When the next will be too old.
  [[nodiscard]] virtual std::optional<runtime::time_point> next_expiry() const = 0;
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
};

/// Least recently used first out. How much it may hold is its owner's affair (give_back()).
class memory_store final : public result_store {
 public:
  explicit memory_store(runtime::duration time_to_live) : time_to_live_(time_to_live) {}

  [[nodiscard]] std::shared_ptr<const recording> find(const page_hash& name, std::string_view question,
                                                      runtime::time_point now) override;
  void keep(const page_hash& name, std::shared_ptr<const recording> answer, runtime::time_point now) override;
  bool give_back() override;
  std::size_t purge(std::optional<std::string_view> tenant) override;
  std::size_t expire(runtime::time_point now) override;
  [[nodiscard]] std::optional<runtime::time_point> next_expiry() const override;
  [[nodiscard]] std::size_t size() const noexcept override { return entries_.size(); }

 private:
  using names = std::list<page_hash>;

  struct entry {
    std::shared_ptr<const recording> answer;
    runtime::time_point until{};
    names::iterator in_use;  // place in used_
    names::iterator in_age;  // place in aged_
  };
  using table = std::unordered_map<page_hash, entry, question_hash>;

  table::iterator drop(table::iterator at);

  runtime::duration time_to_live_;
  table entries_;
  names used_;  // the one used least recently first
  names aged_;  // the oldest first
};

}  // namespace hawser::actors
