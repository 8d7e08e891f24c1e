//! Queues and stacks.

use pottery::{List, Queue, Stack, UniqueQueue, UniqueStack, Value};

use crate::operations::{Ground, hour, rows, spots};
use crate::way::{Run, Way};

spots! {
    JOBS "list": jobs() -> Queue<String> = |g| g.store.queue(g.named("jobs")), |it| it.put_all(["a", "b", "c"]);
    JOBS_UNFINISHED "string": jobs_unfinished() -> Value<u32> =
        |g| g.store.value(g.named("jobs") + ":unfinished"), |it| it.set(3);
    JOBS_DONE "list": jobs_done() -> List<u8> = |g| g.store.list(g.named("jobs") + ":done"), |it| it.push(1);
    JOBS_LAST "string": jobs_one_unfinished() -> Value<u32> =
        |g| g.store.value(g.named("jobs") + ":unfinished"), |it| it.set(1);
    JOBS_FINISHED "string": jobs_none_unfinished() -> Value<u32> =
        |g| g.store.value(g.named("jobs") + ":unfinished"), |it| it.set(0);
    PILE "list": pile() -> Stack<String> = |g| g.store.stack(g.named("pile")), |it| it.put_all(["a", "b", "c"]);
    PILE_UNFINISHED "string": pile_unfinished() -> Value<u32> =
        |g| g.store.value(g.named("pile") + ":unfinished"), |it| it.set(3);
    PILE_DONE "list": pile_done() -> List<u8> = |g| g.store.list(g.named("pile") + ":done"), |it| it.push(1);
    PILE_LAST "string": pile_one_unfinished() -> Value<u32> =
        |g| g.store.value(g.named("pile") + ":unfinished"), |it| it.set(1);
    PILE_FINISHED "string": pile_none_unfinished() -> Value<u32> =
        |g| g.store.value(g.named("pile") + ":unfinished"), |it| it.set(0);
    TASKS "zset": tasks() -> UniqueQueue<String> =
        |g| g.store.unique_queue(g.named("tasks")), |it| it.put_all(["a", "b", "c"]);
    HEAP "zset": heap() -> UniqueStack<String> =
        |g| g.store.unique_stack(g.named("heap")), |it| it.put_all(["a", "b", "c"]);
}

rows! {
    JOBS Write "queue.put": |g| g.jobs().put("new");
    JOBS Write "queue.put_wait": |g| g.jobs().put_wait("new", hour());
    JOBS Write "queue.put_all": |g| g.jobs().put_all(["new", "er"]);
    JOBS Write "queue.get": |g| g.jobs().get();
    JOBS Write "queue.get_wait": |g| g.jobs().get_wait(hour());
    JOBS Write "queue.drain_to": |g| g.jobs().drain_to(2);
    JOBS Read "queue.peek": |g| g.jobs().peek();
    JOBS Read "queue.len": |g| g.jobs().len();
    JOBS Read "queue.is_empty": |g| g.jobs().is_empty();
    JOBS Read "queue.is_full": |g| g.jobs().is_full();
    JOBS Clear "queue.clear": |g| g.jobs().clear();
    JOBS Read "queue.to_vec": |g| g.jobs().to_vec();
    JOBS Read "queue.iter": |g| g.jobs().iter();
    JOBS Read "queue.content_eq": |g| g.jobs().content_eq(["a", "b", "c"]);
    JOBS Create "queue.create": |g| g.jobs().create(["new"]);
    JOBS Write "queue.replace_all": |g| g.jobs().replace_all(["new"]);
    JOBS Write "queue.try_put": |g| g.jobs().try_put("new");
    JOBS Write "queue.put in bounds": |g| g.jobs().bounded(9).put("new");
    JOBS Write "queue.put_wait in bounds": |g| g.jobs().bounded(9).put_wait("new", hour());
    JOBS Write "queue.get in bounds": |g| g.jobs().bounded(3).get();
    JOBS Write "queue.get_wait in bounds": |g| g.jobs().bounded(3).get_wait(hour());
    JOBS Write "queue.drain_to in bounds": |g| g.jobs().bounded(3).drain_to(2);
    JOBS Write "queue.replace_all in bounds": |g| g.jobs().bounded(3).replace_all(["new"]);
    JOBS Clear "queue.clear in bounds": |g| g.jobs().bounded(3).clear();
    JOBS Write with JOBS_UNFINISHED "queue.put counted": |g| g.jobs().counted().put("new");
    JOBS Write with JOBS_UNFINISHED "queue.clear counted": |g| g.jobs().counted().clear();
    JOBS Write with JOBS_DONE beside JOBS_UNFINISHED "queue.clear counted, and somebody waits": |g| g.jobs().counted().clear();
    JOBS_UNFINISHED Read "queue.unfinished": |g| g.jobs().unfinished();
    JOBS_UNFINISHED Write "queue.task_done": |g| g.jobs().task_done();
    JOBS_LAST Write with JOBS_DONE "queue.task_done of the last": |g| g.jobs().task_done();
    JOBS_FINISHED Read "queue.join": |g| g.jobs().join(hour());
    PILE Write "stack.put": |g| g.pile().put("new");
    PILE Write "stack.put_wait": |g| g.pile().put_wait("new", hour());
    PILE Write "stack.put_all": |g| g.pile().put_all(["new", "er"]);
    PILE Write "stack.get": |g| g.pile().get();
    PILE Write "stack.get_wait": |g| g.pile().get_wait(hour());
    PILE Write "stack.drain_to": |g| g.pile().drain_to(2);
    PILE Read "stack.peek": |g| g.pile().peek();
    PILE Read "stack.len": |g| g.pile().len();
    PILE Read "stack.is_empty": |g| g.pile().is_empty();
    PILE Read "stack.is_full": |g| g.pile().is_full();
    PILE Clear "stack.clear": |g| g.pile().clear();
    PILE Read "stack.to_vec": |g| g.pile().to_vec();
    PILE Read "stack.iter": |g| g.pile().iter();
    PILE Read "stack.content_eq": |g| g.pile().content_eq(["a", "b", "c"]);
    PILE Create "stack.create": |g| g.pile().create(["new"]);
    PILE Write "stack.replace_all": |g| g.pile().replace_all(["new"]);
    PILE Write "stack.try_put": |g| g.pile().try_put("new");
    PILE Write "stack.put in bounds": |g| g.pile().bounded(9).put("new");
    PILE Write "stack.put_wait in bounds": |g| g.pile().bounded(9).put_wait("new", hour());
    PILE Write "stack.get in bounds": |g| g.pile().bounded(3).get();
    PILE Write "stack.get_wait in bounds": |g| g.pile().bounded(3).get_wait(hour());
    PILE Write "stack.drain_to in bounds": |g| g.pile().bounded(3).drain_to(2);
    PILE Write "stack.replace_all in bounds": |g| g.pile().bounded(3).replace_all(["new"]);
    PILE Clear "stack.clear in bounds": |g| g.pile().bounded(3).clear();
    PILE Write with PILE_UNFINISHED "stack.put counted": |g| g.pile().counted().put("new");
    PILE Write with PILE_UNFINISHED "stack.clear counted": |g| g.pile().counted().clear();
    PILE Write with PILE_DONE beside PILE_UNFINISHED "stack.clear counted, and somebody waits": |g| g.pile().counted().clear();
    PILE_UNFINISHED Read "stack.unfinished": |g| g.pile().unfinished();
    PILE_UNFINISHED Write "stack.task_done": |g| g.pile().task_done();
    PILE_LAST Write with PILE_DONE "stack.task_done of the last": |g| g.pile().task_done();
    PILE_FINISHED Read "stack.join": |g| g.pile().join(hour());
    TASKS Write "unique_queue.put": |g| g.tasks().put("new");
    TASKS Write "unique_queue.put_wait": |g| g.tasks().put_wait("new", hour());
    TASKS Write "unique_queue.put_all": |g| g.tasks().put_all(["new", "er"]);
    TASKS Write "unique_queue.get": |g| g.tasks().get();
    TASKS Write "unique_queue.get_wait": |g| g.tasks().get_wait(hour());
    TASKS Write "unique_queue.drain_to": |g| g.tasks().drain_to(2);
    TASKS Read "unique_queue.peek": |g| g.tasks().peek();
    TASKS Read "unique_queue.len": |g| g.tasks().len();
    TASKS Read "unique_queue.is_empty": |g| g.tasks().is_empty();
    TASKS Read "unique_queue.is_full": |g| g.tasks().is_full();
    TASKS Clear "unique_queue.clear": |g| g.tasks().clear();
    TASKS Read "unique_queue.to_vec": |g| g.tasks().to_vec();
    TASKS Read "unique_queue.iter": |g| g.tasks().iter();
    TASKS Read "unique_queue.content_eq": |g| g.tasks().content_eq(["a", "b", "c"]);
    TASKS Create "unique_queue.create": |g| g.tasks().create(["new"]);
    TASKS Write "unique_queue.replace_all": |g| g.tasks().replace_all(["new"]);
    TASKS Read "unique_queue.contains": |g| g.tasks().contains("b");
    TASKS Read "unique_queue.position": |g| g.tasks().position("b");
    TASKS Write "unique_queue.remove": |g| g.tasks().remove("b");
    TASKS Write "unique_queue.put in bounds": |g| g.tasks().bounded(9).put("new");
    TASKS Write "unique_queue.put_wait in bounds": |g| g.tasks().bounded(9).put_wait("new", hour());
    TASKS Write "unique_queue.get in bounds": |g| g.tasks().bounded(3).get();
    TASKS Write "unique_queue.get_wait in bounds": |g| g.tasks().bounded(3).get_wait(hour());
    TASKS Write "unique_queue.drain_to in bounds": |g| g.tasks().bounded(3).drain_to(2);
    TASKS Write "unique_queue.replace_all in bounds": |g| g.tasks().bounded(3).replace_all(["new"]);
    TASKS Write "unique_queue.remove in bounds": |g| g.tasks().bounded(3).remove("b");
    TASKS Clear "unique_queue.clear in bounds": |g| g.tasks().bounded(3).clear();
    HEAP Write "unique_stack.put": |g| g.heap().put("new");
    HEAP Write "unique_stack.put_wait": |g| g.heap().put_wait("new", hour());
    HEAP Write "unique_stack.put_all": |g| g.heap().put_all(["new", "er"]);
    HEAP Write "unique_stack.get": |g| g.heap().get();
    HEAP Write "unique_stack.get_wait": |g| g.heap().get_wait(hour());
    HEAP Write "unique_stack.drain_to": |g| g.heap().drain_to(2);
    HEAP Read "unique_stack.peek": |g| g.heap().peek();
    HEAP Read "unique_stack.len": |g| g.heap().len();
    HEAP Read "unique_stack.is_empty": |g| g.heap().is_empty();
    HEAP Read "unique_stack.is_full": |g| g.heap().is_full();
    HEAP Clear "unique_stack.clear": |g| g.heap().clear();
    HEAP Read "unique_stack.to_vec": |g| g.heap().to_vec();
    HEAP Read "unique_stack.iter": |g| g.heap().iter();
    HEAP Read "unique_stack.content_eq": |g| g.heap().content_eq(["a", "b", "c"]);
    HEAP Create "unique_stack.create": |g| g.heap().create(["new"]);
    HEAP Write "unique_stack.replace_all": |g| g.heap().replace_all(["new"]);
    HEAP Read "unique_stack.contains": |g| g.heap().contains("b");
    HEAP Read "unique_stack.position": |g| g.heap().position("b");
    HEAP Write "unique_stack.remove": |g| g.heap().remove("b");
    HEAP Write "unique_stack.put in bounds": |g| g.heap().bounded(9).put("new");
    HEAP Write "unique_stack.put_wait in bounds": |g| g.heap().bounded(9).put_wait("new", hour());
    HEAP Write "unique_stack.get in bounds": |g| g.heap().bounded(3).get();
    HEAP Write "unique_stack.get_wait in bounds": |g| g.heap().bounded(3).get_wait(hour());
    HEAP Write "unique_stack.drain_to in bounds": |g| g.heap().bounded(3).drain_to(2);
    HEAP Write "unique_stack.replace_all in bounds": |g| g.heap().bounded(3).replace_all(["new"]);
    HEAP Write "unique_stack.remove in bounds": |g| g.heap().bounded(3).remove("b");
    HEAP Clear "unique_stack.clear in bounds": |g| g.heap().bounded(3).clear();
}
