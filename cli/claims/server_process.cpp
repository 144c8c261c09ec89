#include "cli/claims/server_process.hpp"

#include "cli/failure.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace hawser::cli {

namespace {

constexpr std::size_t most_log = 64 * 1024;

/// In the child: becomes the server, or ends.
[[noreturn]] void become(char* const* arguments, int log) {
  // It must not outlive the bench, nor take the interrupt that ends the bench for its own.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);
  dup2(log, STDERR_FILENO);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  execv("/proc/self/exe", arguments);
  _exit(127);
}

}  // namespace

server_process::server_process(const std::string& model, const std::vector<std::string>& flags)
    : started_(std::chrono::steady_clock::now()) {
  std::vector<std::string> words{"hawser", "serve", model, "--port", "0", "--set", "server.drain_timeout=1"};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0)
    throw failure(exit_code::internal, std::string("no pipe: ") + std::strerror(errno));
  pid_ = fork();
  if (pid_ == 0) become(arguments.data(), pipe[1]);
  close(pipe[1]);
  if (pid_ < 0) {
    close(pipe[0]);
    throw failure(exit_code::internal, std::string("no process for the server: ") + std::strerror(errno));
  }
  reader_ = std::thread([this, from = pipe[0]] { read_log(from); });
}

server_process::~server_process() {
  kill(pid_, SIGTERM);
  {
    std::unique_lock held(guard_);
    if (!changed_.wait_for(held, std::chrono::seconds(10), [this] { return ended_; })) kill(pid_, SIGKILL);
  }
  reader_.join();
  waitpid(pid_, nullptr, 0);
}

void server_process::read_log(int pipe) {
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t n = read(pipe, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    const std::lock_guard held(guard_);
    // Read to the end, so that the server never waits for a reader; kept only as far as it is of use.
    if (log_.size() < most_log) log_.append(buffer.data(), static_cast<std::size_t>(n));
    changed_.notify_all();
  }
  close(pipe);
  const std::lock_guard held(guard_);
  ended_ = true;
  changed_.notify_all();
}

load::target server_process::wait_for(const std::string& words, load::dialect speaks) {
  const std::string before = words + " http://";
  std::unique_lock held(guard_);
  std::size_t at = std::string::npos;
  const auto found = [&] {
    at = log_.find(before);
    return ended_ || (at != std::string::npos && log_.find('\n', at) != std::string::npos);
  };
  const bool in_time = changed_.wait_for(held, std::chrono::minutes(1), found);
  if (!in_time || at == std::string::npos) {
    throw failure(exit_code::internal, "the server did not get ready; it said:\n" + log_);
  }
  const auto from = at + words.size() + 1;
  const auto end = log_.find_first_of(" ,\n", from);
  const std::string url = log_.substr(from, end - from);
  auto read = load::read_url(url.ends_with(':') ? url.substr(0, url.size() - 1) : url, speaks);
  if (read.has_error()) throw failure(exit_code::internal, read.error().what);
  return *read;
}

load::target server_process::where(load::dialect speaks) {
  return wait_for("listening on", speaks);
}

load::target server_process::ready(load::dialect speaks, bool cached) {
  load::target to = wait_for("ready on", speaks);
  if (!cached) to.headers.emplace_back("Cache-Control", "no-store");
  return to;
}

}  // namespace hawser::cli
