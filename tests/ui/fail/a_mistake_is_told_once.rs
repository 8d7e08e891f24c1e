use pottery::{Command, RedisModel, Store};

#[derive(RedisModel)]
#[redis(prefix = "a{b}")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    inventory: Vec<String>,
    avatar: Vec<u16>,
}

fn uses(store: &Store) -> (PlayerHandle, Command<Option<Player>>, Command<usize>) {
    let player = Player::at(store, 7);
    let push = player.inventory().push("sword");
    (player, Player::load(store, 7), push)
}

fn main() {}
