// Pages of a tensor as a range: for (const auto& page : accessor.pages(first, end)) noc_async_read(page.noc_addr(),
// ...)
#pragma once

#include <cstdint>

namespace tensor_accessor {

template <typename Accessor>
class Page {
 public:
  Page(const Accessor& accessor, std::uint32_t id) : accessor_(&accessor), id_(id) {}
  std::uint32_t page_id() const { return id_; }
  std::uint64_t noc_addr() const { return accessor_->get_noc_addr(id_); }

 private:
  const Accessor* accessor_;
  std::uint32_t id_;
};

// From `first` to before `end`.
template <typename Accessor>
class Pages {
 public:
  class Iterator {
   public:
    Iterator(const Accessor& accessor, std::uint32_t id) : accessor_(&accessor), id_(id) {}
    Page<Accessor> operator*() const { return {*accessor_, id_}; }
    Iterator& operator++() {
      ++id_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return id_ == other.id_; }

   private:
    const Accessor* accessor_;
    std::uint32_t id_;
  };
  Pages(const Accessor& accessor, std::uint32_t first, std::uint32_t end)
      : accessor_(accessor), first_(first), end_(end < first ? first : end) {}
  Iterator begin() const { return {accessor_, first_}; }
  Iterator end() const { return {accessor_, end_}; }

 private:
  const Accessor& accessor_;
  std::uint32_t first_, end_;
};

template <typename Accessor>
class ShardPage : public Page<Accessor> {
 public:
  ShardPage(const Accessor& accessor, std::uint32_t id, std::uint32_t shard, std::uint32_t inside)
      : Page<Accessor>(accessor, id), shard_(shard), inside_(inside) {}
  std::uint32_t shard_id() const { return shard_; }
  std::uint32_t page_in_shard() const { return inside_; }

 private:
  std::uint32_t shard_, inside_;
};

// The pages of a shard from place `first` in it to before `end`, without those that lie beyond the tensor's edge.
template <typename Accessor>
class ShardPages {
 public:
  class Iterator {
   public:
    Iterator(const ShardPages& pages, std::uint32_t inside) : pages_(&pages), inside_(inside) { Skip(); }
    ShardPage<Accessor> operator*() const { return {pages_->accessor_, id_, pages_->shard_, inside_}; }
    Iterator& operator++() {
      ++inside_;
      Skip();
      return *this;
    }
    bool operator==(const Iterator& other) const { return inside_ == other.inside_; }

   private:
    void Skip() {
      while (inside_ < pages_->end_ && !pages_->accessor_.dspec().PageOf(pages_->shard_, inside_, id_)) ++inside_;
    }
    const ShardPages* pages_;
    std::uint32_t inside_, id_ = 0;
  };
  ShardPages(const Accessor& accessor, std::uint32_t shard, std::uint32_t first, std::uint32_t end)
      : accessor_(accessor), shard_(shard), first_(first), end_(end < first ? first : end) {}
  Iterator begin() const { return {*this, first_}; }
  Iterator end() const { return {*this, end_}; }

 private:
  const Accessor& accessor_;
  std::uint32_t shard_, first_, end_;
};

}  // namespace tensor_accessor
