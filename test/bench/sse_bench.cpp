/// What a streamed token costs the event loop when the device costs nothing: 256 chat streams over loopback.
/// One thread's time on the processor, without what it spends in the system's send, which is counted apart.
/// And what an idle WebSocket costs in memory. One JSON line each; the median of 5 rounds.
#include "embed/server.hpp"
#include "test/bench/free_backend.hpp"

#include "simulation/byte_tokenizer.hpp"
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace hawser;

constexpr std::int64_t sampled =
    17;  // one of so many sends is timed: asking for the time costs as much as a token
std::atomic<std::int64_t> send_nanoseconds{0};  // of those
std::atomic<std::int64_t> sends{0};
std::atomic<clockid_t> loop_clock{0};  // of the event loop's time on a processor, once it has sent something

std::int64_t nanoseconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

bool is_loop() {
  thread_local const bool loop = [] {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    if (!std::string_view(name.data()).starts_with("loop-")) return false;
    clockid_t clock{};
    pthread_getcpuclockid(pthread_self(), &clock);
    loop_clock = clock;
    return true;
  }();
  return loop;
}

/// The system's own, behind the one below.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

template <class Call>
ssize_t counted(Call call) {
  if (!is_loop() || ++sends % sampled != 0) return call();
  const std::int64_t begin = nanoseconds_of(CLOCK_THREAD_CPUTIME_ID);
  const ssize_t sent = call();
  send_nanoseconds += nanoseconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
  return sent;
}

}  // namespace

extern "C" ssize_t send(int to, const void* bytes, size_t size, int flags) {
  static const auto real = next<ssize_t(int, const void*, size_t, int)>("send");
  return counted([&] { return real(to, bytes, size, flags); });
}

extern "C" ssize_t sendmsg(int to, const msghdr* what, int flags) {
  static const auto real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
  return counted([&] { return real(to, what, flags); });
}

namespace {

/// What asking for the time adds to the time between.
double clock_cost() {
  constexpr int many = 100'000;
  const std::int64_t begin = nanoseconds_of(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < many; ++i) (void)nanoseconds_of(CLOCK_THREAD_CPUTIME_ID);
  return static_cast<double>(nanoseconds_of(CLOCK_THREAD_CPUTIME_ID) - begin) / many;
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = write(fd, bytes.data(), bytes.size());
    if (sent <= 0) std::exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Reads all streams to their ends. False: one ended early.
bool read_all(std::vector<int> open) {
  std::vector<pollfd> waiting;
  for (const int fd : open) waiting.push_back({fd, POLLIN, 0});
  std::array<char, 65536> bytes{};
  while (!waiting.empty()) {
    if (poll(waiting.data(), waiting.size(), 10'000) <= 0) return false;
    for (std::size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents == 0) continue;
      const ssize_t got = read(waiting[i].fd, bytes.data(), bytes.size());
      if (got <= 0) return false;
      const std::string_view end = std::string_view(bytes.data(), static_cast<std::size_t>(got));
      if (end.find("[DONE]") == std::string_view::npos) continue;
      waiting[i] = waiting.back();
      waiting.pop_back();
    }
  }
  return true;
}

std::string chat(unsigned tokens) {
  const std::string body =
      R"({"messages":[{"role":"user","content":"hi"}],"stream":true,"temperature":0,"ignore_eos":true,"max_tokens":)" +
      std::to_string(tokens) + "}";
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct measured {
  double own = 0;      // microseconds a token, without sending
  double in_send = 0;  // microseconds a token
  double writes = 0;   // a token
};

measured stream_all(const std::vector<int>& clients, unsigned tokens, double clock) {
  for (const int fd : clients) write_all(fd, chat(1));
  if (!read_all(clients)) std::exit(1);
  const std::int64_t busy = nanoseconds_of(loop_clock), sending = send_nanoseconds, writes = sends;
  for (const int fd : clients) write_all(fd, chat(tokens));
  if (!read_all(clients)) std::exit(1);
  const auto all = static_cast<double>(clients.size()) * tokens;
  const auto made = static_cast<double>(sends - writes);
  // Of two looks at the clock one is inside of what they time.
  const double timed = made / sampled;
  const double in_send = (static_cast<double>(send_nanoseconds - sending) - timed * clock) * sampled;
  const double own = static_cast<double>(nanoseconds_of(loop_clock) - busy) - in_send - 2 * timed * clock;
  return {own / all / 1000, in_send / all / 1000, made / all};
}

void report_streams(std::uint16_t port, unsigned streams, unsigned tokens, unsigned rounds) {
  std::vector<int> clients;
  for (unsigned i = 0; i < streams; ++i) clients.push_back(connect_to(port));
  const double clock = clock_cost();
  std::vector<measured> all;
  for (unsigned i = 0; i < rounds; ++i) all.push_back(stream_all(clients, tokens, clock));
  std::sort(all.begin(), all.end(), [](const measured& a, const measured& b) { return a.own < b.own; });
  const measured& middle = all[all.size() / 2];
  std::printf("{\"bench\":\"sse\",\"streams\":%u,\"tokens_each\":%u,\"own_us_per_token\":%.2f,\"least\":%.2f,"
              "\"most\":%.2f,"
              "\"send_us_per_token\":%.2f,\"writes_per_token\":%.3f}\n",
              streams, tokens, middle.own, all.front().own, all.back().own, middle.in_send, middle.writes);
  for (const int fd : clients) close(fd);
}

double resident_kilobytes() {
  std::ifstream from("/proc/self/statm");
  double size = 0, resident = 0;
  from >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

void report_sockets(std::uint16_t port, unsigned many) {
  constexpr std::string_view upgrade = "GET /predict HTTP/1.1\r\nHost: localhost\r\nUpgrade: "
                                       "websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  std::vector<int> open;
  open.reserve(many);
  const double before = resident_kilobytes();
  for (unsigned i = 0; i < many; ++i) {
    const int fd = open.emplace_back(connect_to(port));
    write_all(fd, upgrade);
    std::array<char, 1024> head{};
    const ssize_t got = read(fd, head.data(), head.size());
    if (got <= 0 || !std::string_view(head.data(), static_cast<std::size_t>(got)).starts_with("HTTP/1.1 101"))
      std::exit(1);
  }
  std::printf("{\"bench\":\"idle_websockets\",\"sockets\":%u,\"resident_kb_each\":%.2f}\n", many,
              (resident_kilobytes() - before) / many);
  for (const int fd : open) close(fd);
}

embed::server_options options() {
  embed::server_options made;
  made.settings.server.port = 0;
  made.settings.server.threads = 1;
  made.settings.scheduling.seats = 256;
  made.settings.overload.throttle = false;
  made.settings.cache.memory.value = 0;
  made.seed = 1;
  made.cores = 2;
  made.load = []() -> model::result<actors::core_parts> {
    actors::core_parts parts;
    parts.backends.push_back(std::make_unique<free_backend>(256));
    parts.tokenizer = std::make_shared<simulation::byte_tokenizer>();
    parts.chat = model::chat_template::compile("{{ messages[0].content }}").value();
    parts.model_name = "free";
    return parts;
  };
  return made;
}

}  // namespace

int main(int count, char** arguments) {
  const bool smoke = count > 1 && std::string_view(arguments[1]) == "--smoke";
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  embed::server server(options());
  server.start();
  server.ready().value();
  const std::uint16_t port = server.listen().value().port();
  report_streams(port, smoke ? 16 : 256, smoke ? 32 : 1000, smoke ? 1 : 5);
  report_sockets(port, smoke ? 64 : std::min<unsigned>(4096, static_cast<unsigned>(files.rlim_cur / 2 - 64)));
  return 0;
}
