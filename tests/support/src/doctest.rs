//! What documentation needs to run: a store on a private server, and the README's models.
//!
//! These are macros, so that this crate still does not depend on pottery: they speak of it where they are used.

/// A store on a server inside the process. pottery's feature `embedded` is on where its own documentation is tested.
///
/// Models may share a prefix here: rustdoc makes one program of many examples, and each has its `Player`.
#[macro_export]
macro_rules! store {
    () => {
        ::pottery::Store::options("embedded:").shared_prefixes().open().expect("the address is valid")
    };
}

/// Makes a program of an example of the README: the `Player` it speaks of, two of them in a store, and a `main` that
/// calls it.
#[macro_export]
macro_rules! readme {
    (|$store:ident| $call:expr) => {
        #[derive(::pottery::RedisModel, Debug, PartialEq)]
        struct Player {
            #[redis(id)]
            id: u64,
            name: String,
            score: i64,
            inventory: Vec<Item>,
            stats: ::std::collections::HashMap<String, u32>,
            friends: ::std::collections::HashSet<u64>,
        }

        #[derive(::serde::Serialize, ::serde::Deserialize, Clone, Debug, PartialEq)]
        struct Item {
            name: String,
            weight: f32,
        }

        #[::tokio::main(flavor = "current_thread")]
        async fn main() -> ::std::result::Result<(), ::std::boxed::Box<dyn ::std::error::Error>> {
            let $store = &$crate::store!();
            for (id, name) in [(7, "Raj"), (9, "Kim")] {
                let player = Player {
                    id,
                    name: name.to_owned(),
                    score: 40,
                    inventory: ::std::vec![Item { name: "rope".to_owned(), weight: 2.5 }],
                    stats: [("wit".to_owned(), 17)].into(),
                    friends: [9, 11].into(),
                };
                ::pottery::RedisModel::save(&player, $store).await?;
            }
            $call.await?;
            ::std::result::Result::Ok(())
        }
    };
}
