/// A listening socket.
#pragma once

#include "net/byte_acceptor.hpp"
#include "net/error.hpp"
#include "net/tls_keeper.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace hawser::net {

/// An acceptor that listens, or why not.
[[nodiscard]] result<boost::asio::ip::tcp::acceptor>
listen(boost::asio::io_context& io, const std::string& host, std::uint16_t port, int backlog);

/// The same of a socket that listens already, opened by who started the process; it is owned from then on.
[[nodiscard]] result<boost::asio::ip::tcp::acceptor> adopt(boost::asio::io_context& io, int socket);

/// `send_buffer`: bytes that the system may hold for each peer. `tls`: null for plain connections.
[[nodiscard]] std::unique_ptr<byte_acceptor>
make_tcp_acceptor(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, int send_buffer,
                  std::shared_ptr<const tls_keeper> tls = nullptr);

}  // namespace hawser::net
