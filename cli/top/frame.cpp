#include "cli/top/frame.hpp"

#include "cli/text_table.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace hawser::cli {

namespace {

/// What one actor did between two looks.
struct change {
  double messages = 0;  ///< a second
  double busy = 0;      ///< of the time, 0 to 1 for one actor
};

/// Finds an actor of the look before.
class earlier {
 public:
  earlier(const actor_snapshot* before, const actor_snapshot& now) {
    if (before == nullptr || now.seconds <= before->seconds) return;
    seconds_ = now.seconds - before->seconds;
    for (const actor_line& one : before->actors) lines_.emplace(key_of(one), &one);
  }

  [[nodiscard]] std::optional<change> of(const actor_line& now) const {
    const auto found = lines_.find(key_of(now));
    if (found == lines_.end()) return std::nullopt;
    const actor_line& then = *found->second;
    const bool anew = now.messages < then.messages || now.busy_ms < then.busy_ms;
    // Of many, those that have gone took their counts with them.
    if (anew && now.id != 0) return std::nullopt;
    const double messages = anew ? 0 : static_cast<double>(now.messages - then.messages);
    const double busy = anew ? 0 : now.busy_ms - then.busy_ms;
    return change{messages / seconds_, busy / 1000 / seconds_};
  }

 private:
  using key = std::tuple<std::uint64_t, std::uint64_t, std::string>;

  static key key_of(const actor_line& one) {
    return one.id != 0 ? key{one.id, 0, one.name} : key{0, one.parent, one.name};
  }

  double seconds_ = 0;
  std::map<key, const actor_line*> lines_;
};

std::string milliseconds(double count) {
  if (count >= 10'000) return print_number(count / 1000, 1) + " s";
  return print_number(count, count < 10 ? 1 : 0) + " ms";
}

std::vector<std::string> row_of(const actor_line& one, std::size_t depth,
                                const std::optional<change>& changed) {
  std::string name = std::string(2 * depth, ' ') + one.name;
  if (one.actors > 1) name += " x " + std::to_string(one.actors);
  if (one.state != "running") name += " (" + one.state + ")";
  std::string doing;
  if (!one.handling.empty()) doing = one.handling + " for " + milliseconds(one.handling_ms);
  return {std::move(name),
          changed ? print_number(changed->messages, 1) : "-",
          changed ? print_number(100 * changed->busy, 1) : "-",
          std::to_string(one.waiting),
          one.waiting == 0 ? "-" : print_number(one.oldest_ms, 1),
          std::to_string(one.slow),
          std::to_string(one.restarts),
          std::to_string(one.messages),
          std::move(doing)};
}

/// Parents before their children. Whose parent is not there stands at the top.
class tree {
 public:
  explicit tree(const std::vector<actor_line>& actors) {
    std::unordered_set<std::uint64_t> known;
    for (const actor_line& one : actors) known.insert(one.id);
    for (const actor_line& one : actors) {
      const bool below = one.parent != 0 && one.parent != one.id && known.contains(one.parent);
      children_[below ? one.parent : 0].push_back(&one);
    }
  }

  template <class Visit>
  void walk(Visit visit) const {
    std::vector<std::pair<const actor_line*, std::size_t>> next;
    const auto push = [&](std::uint64_t parent, std::size_t depth) {
      const auto those = children_.find(parent);
      if (those == children_.end()) return;
      for (auto each = those->second.rbegin(); each != those->second.rend(); ++each)
        next.emplace_back(*each, depth);
    };
    push(0, 0);
    while (!next.empty()) {
      const auto [one, depth] = next.back();
      next.pop_back();
      visit(*one, depth);
      if (one->id != 0) push(one->id, depth + 1);
    }
  }

 private:
  std::unordered_map<std::uint64_t, std::vector<const actor_line*>> children_;
};

std::string headline(const actor_snapshot& now, const earlier& before, std::string_view where) {
  std::uint64_t actors = 0, waiting = 0, slow = 0, restarts = 0;
  change sum;
  bool compared = false;
  for (const actor_line& one : now.actors) {
    actors += one.actors;
    waiting += one.waiting;
    slow += one.slow;
    restarts += one.restarts;
    const auto changed = before.of(one);
    compared = compared || changed;
    sum.messages += changed ? changed->messages : 0;
    sum.busy += changed ? changed->busy : 0;
  }
  std::string out =
      "hawser " + now.version + " at " + std::string(where) + ": " + std::to_string(actors) + " actors, ";
  if (compared)
    out += print_number(sum.messages, 0) + " messages/s, busy " + print_number(sum.busy, 2) + " threads, ";
  return out + std::to_string(waiting) + " waiting, " + std::to_string(slow) + " slow, " +
         std::to_string(restarts) + " restarts";
}

/// The first `width` characters of a line of UTF-8.
std::string_view cut(std::string_view line, std::size_t width) {
  if (width == 0) return line;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xc0u) != 0x80u;
    if (begins && ++characters > width) return line.substr(0, i);
  }
  return line;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// As many lines as fit; the last of them says how many do not.
std::string fitted(std::string_view text, frame_size size) {
  const std::vector<std::string_view> lines = lines_of(text);
  const bool all = size.height == 0 || lines.size() <= size.height;
  const std::size_t shown = all ? lines.size() : size.height - 1;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += '\n';
    out += cut(lines[i], size.width);
  }
  if (all) return out;
  const std::string rest = "... and " + std::to_string(lines.size() - shown) + " more lines";
  return out + (shown > 0 ? "\n" : "") + std::string(cut(rest, size.width));
}

}  // namespace

std::string draw_frame(const actor_snapshot* before, const actor_snapshot& now, std::string_view where,
                       frame_size size) {
  const earlier compared(before, now);
  text_table table;
  table.add_row(
      {"actor", "messages/s", "busy %", "waiting", "oldest ms", "slow", "restarts", "messages", "handling"});
  tree(now.actors).walk([&](const actor_line& one, std::size_t depth) {
    table.add_row(row_of(one, depth, compared.of(one)));
  });
  return fitted(headline(now, compared, where) + "\n\n" + table.text(), size);
}

std::string draw_notice(std::string_view where, std::string_view sentence, frame_size size) {
  return fitted("hawser at " + std::string(where) + "\n\n" + std::string(sentence), size);
}

}  // namespace hawser::cli
