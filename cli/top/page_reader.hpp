/// Reads a page of a server, within a time.
#pragma once

#include "cli/load/target.hpp"
#include "cli/top/page_error.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace hawser::cli {

struct web_page {
  unsigned status = 0;
  std::string body;
};

/// `done` is called once, on `io`'s thread, unless that stops first: with the page, or with what went wrong,
/// for people. A page has at most 16 MB.
void read_page(boost::asio::io_context& io, const load::target& where, const std::string& path,
               std::chrono::milliseconds within, std::function<void(page_result<web_page>)> done);

}  // namespace hawser::cli
