// Bytes that clients make a node hold: requests that are being read or answered, and answers that have not
// been taken. Counted on the connection and on the node from when they are there until they are gone.
//
// Thread-safe. What is there already is counted whatever the bound says; is_full() is asked before more is
// taken on, so a bound is exceeded by one answer of each connection at most.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace pcq::rpc {

class Budget {
public:
    explicit Budget(std::size_t max, std::shared_ptr<Budget> above = nullptr)
        : max_(max), above_(std::move(above)) {}

    // It, or the one above it.
    bool is_full() const { return held_ >= max_ || (above_ && above_->is_full()); }
    std::size_t held() const { return held_; }
    std::size_t most() const { return max_; }

private:
    friend class Held;
    void add(std::size_t bytes) {
        held_ += bytes;
        if (above_) above_->add(bytes);
    }
    void drop(std::size_t bytes) {
        held_ -= bytes;
        if (above_) above_->drop(bytes);
    }

    const std::size_t max_;
    const std::shared_ptr<Budget> above_;
    std::atomic<std::size_t> held_ = 0;
};

// A part of a budget that goes with the bytes it stands for, and back when they are gone.
class Held {
public:
    Held() = default;
    explicit Held(std::shared_ptr<Budget> budget, std::size_t bytes = 0) : budget_(std::move(budget)) {
        add(bytes);
    }
    Held(Held&& other) noexcept : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Held& operator=(Held&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Held() { release(); }

    void add(std::size_t bytes) {
        if (!budget_) return;
        budget_->add(bytes);
        bytes_ += bytes;
    }
    void release() {
        if (budget_) budget_->drop(std::exchange(bytes_, 0));
    }
    bool is_counted() const { return budget_ != nullptr; }

private:
    std::shared_ptr<Budget> budget_;
    std::size_t bytes_ = 0;
};

}  // namespace pcq::rpc
