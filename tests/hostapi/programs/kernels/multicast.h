// A block travels along a row or a column: all receivers report that they have room, then the sender's pages and its
// flag go out.
#pragma once

#include "dataflow_api.h"

struct Line {
  uint32_t first_x, first_y, last_x, last_y;  // cores from the sender on
  uint32_t receivers;                         // without the sender
  uint32_t ready, sent;                       // semaphores
};

inline void SendBlock(const Line& line, uint32_t address, uint32_t bytes) {
  if (line.receivers == 0) return;
  volatile tt_l1_ptr uint32_t* ready = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(line.ready));
  volatile tt_l1_ptr uint32_t* sent = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(line.sent));
  noc_semaphore_wait(ready, line.receivers);
  noc_semaphore_set(ready, 0);
  const uint64_t to = get_noc_multicast_addr(line.first_x, line.first_y, line.last_x, line.last_y, address);
  noc_async_write_multicast(address, to, bytes, line.receivers);
  *sent = VALID;
  noc_semaphore_set_multicast(
      get_semaphore(line.sent),
      get_noc_multicast_addr(line.first_x, line.first_y, line.last_x, line.last_y, get_semaphore(line.sent)),
      line.receivers);
  noc_async_write_barrier();
}

inline void ReceiveBlock(const Line& line, uint32_t sender_x, uint32_t sender_y) {
  volatile tt_l1_ptr uint32_t* sent = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(line.sent));
  noc_semaphore_set(sent, INVALID);
  noc_semaphore_inc(get_noc_addr(sender_x, sender_y, get_semaphore(line.ready)), 1);
  noc_semaphore_wait(sent, VALID);
}
