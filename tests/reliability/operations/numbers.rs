//! Numbers, and what counts in one.

use pottery::{Cycle, Float, Integer, Limiter, Slots};

use crate::operations::{Ground, hour, rows, spots};
use crate::way::{Run, Way};

spots! {
    INTEGER "string": integer() -> Integer = |g| g.store.integer(g.named("integer")), |it| it.set(5);
    FLOAT "string": float() -> Float = |g| g.store.float(g.named("float")), |it| it.set(2.5);
    SLOTS "string": slots() -> Slots = |g| g.store.slots(g.named("slots"), 5), |it| it.reserve();
    CYCLE "string": cycle() -> Cycle<u8> = |g| g.store.cycle(g.named("cycle"), [7, 8, 9]), |it| it.set_position(1);
    LIMITER "string": limiter() -> Limiter =
        |g| g.store.limiter(g.named("limiter")).allow(10, hour()), |it| it.check_cost(2);
}

rows! {
    INTEGER Read "integer.get": |g| g.integer().get();
    INTEGER Clear "integer.set": |g| g.integer().set(2);
    INTEGER Create "integer.create": |g| g.integer().create(2);
    INTEGER Write "integer.swap": |g| g.integer().swap(2);
    INTEGER Write "integer.take": |g| g.integer().take();
    INTEGER Write "integer.compare_and_set": |g| g.integer().compare_and_set(5, 2);
    INTEGER Write "integer.incr": |g| g.integer().incr(2);
    INTEGER Write "integer.decr": |g| g.integer().decr(2);
    INTEGER Write "integer.incr_up_to": |g| g.integer().incr_up_to(2, 100);
    INTEGER Write "integer.incr_while": |g| g.integer().incr_while(2, |n| async move { Ok::<_, ()>(n) });
    INTEGER Write "integer.mul": |g| g.integer().mul(2);
    INTEGER Write "integer.div_floor": |g| g.integer().div_floor(2);
    INTEGER Write "integer.rem_floor": |g| g.integer().rem_floor(2);
    INTEGER Write "integer.pow": |g| g.integer().pow(2);
    INTEGER Write "integer.bit_and": |g| g.integer().bit_and(3);
    INTEGER Write "integer.bit_or": |g| g.integer().bit_or(8);
    INTEGER Write "integer.bit_xor": |g| g.integer().bit_xor(6);
    INTEGER Write "integer.shl": |g| g.integer().shl(1);
    INTEGER Write "integer.shr": |g| g.integer().shr(1);
    FLOAT Read "float.get": |g| g.float().get();
    FLOAT Clear "float.set": |g| g.float().set(1.5);
    FLOAT Create "float.create": |g| g.float().create(1.5);
    FLOAT Write "float.swap": |g| g.float().swap(1.5);
    FLOAT Write "float.take": |g| g.float().take();
    FLOAT Write "float.compare_and_set": |g| g.float().compare_and_set(2.5, 1.5);
    FLOAT Write "float.incr": |g| g.float().incr(1.5);
    FLOAT Write "float.decr": |g| g.float().decr(1.5);
    FLOAT Write "float.incr_up_to": |g| g.float().incr_up_to(1.5, 100.0);
    FLOAT Write "float.incr_while": |g| g.float().incr_while(1.5, |n| async move { Ok::<_, ()>(n) });
    FLOAT Write "float.mul": |g| g.float().mul(1.5);
    FLOAT Write "float.div_floor": |g| g.float().div_floor(1.5);
    FLOAT Write "float.rem_floor": |g| g.float().rem_floor(1.5);
    FLOAT Write "float.pow": |g| g.float().pow(2.0);
    FLOAT Write "float.div": |g| g.float().div(2.0);
    SLOTS Write "slots.reserve": |g| g.slots().reserve();
    SLOTS Write "slots.release": |g| g.slots().release();
    SLOTS Read "slots.taken": |g| g.slots().taken();
    SLOTS Read "slots.available": |g| g.slots().available();
    CYCLE Read "cycle.value": |g| g.cycle().value();
    CYCLE Write "cycle.next": |g| g.cycle().next();
    CYCLE Read "cycle.position": |g| g.cycle().position();
    CYCLE Clear "cycle.set_position": |g| g.cycle().set_position(2);
    LIMITER Write "limiter.check": |g| g.limiter().check();
    LIMITER Write "limiter.check_cost": |g| g.limiter().check_cost(3);
    LIMITER Read "limiter.peek": |g| g.limiter().peek();
    LIMITER Read "limiter.peek_cost": |g| g.limiter().peek_cost(3);
    LIMITER Write "limiter.check_wait": |g| g.limiter().check_wait(3, hour());
    LIMITER Clear "limiter.reset": |g| g.limiter().reset();
}
