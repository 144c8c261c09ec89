/// A byte stream over a TCP socket.
#pragma once

#include "net/byte_stream.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace hawser::net {

/// As a stream wants it: it never waits, sends at once, and the system holds at most so many bytes for the
/// peer.
void set_up_socket(boost::asio::ip::tcp::socket& socket, int send_buffer);

/// `send_buffer`: bytes that the system may hold for the peer.
[[nodiscard]] std::unique_ptr<byte_stream> make_tcp_stream(boost::asio::ip::tcp::socket socket,
                                                           int send_buffer);

}  // namespace hawser::net
