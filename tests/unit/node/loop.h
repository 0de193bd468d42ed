// An io_context with a thread.
#pragma once

#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace pcq::node {

// Work on one thread of its own.
class Loop {
public:
    Loop() : work_(io.get_executor()), thread_([this] { io.run(); }) {}
    ~Loop() { end(); }
    void end() {
        io.stop();
        if (thread_.joinable()) thread_.join();
    }

    boost::asio::io_context io;

private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace pcq::node
