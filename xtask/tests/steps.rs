//! Two named tests for each step, whatever steps there are: that it is as its snapshot says, and that a copy of it in an
//! empty folder outside of the workspace builds the same.

use std::env;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use xtask::{
    copies, discover,
    house::House,
    verify::{self, Verdict},
};

fn main() {
    let arguments = Arguments::from_args();
    let house = House::here();
    let steps = discover::steps(&house).unwrap_or_else(|error| {
        eprintln!("the steps cannot be listed: {error:#}");
        std::process::exit(1);
    });
    let mut trials = Vec::new();
    for step in &steps {
        let (at, named) = (house.clone(), step.clone());
        trials.push(Trial::ignorable_test(
            format!("verify::{}", step.path),
            move || match verify::verify(&at, &named, false) {
                Verdict::Same(_) => Ok(Completion::Completed),
                Verdict::Differs(_, comparison) => Err(Failed::from(
                    comparison
                        .difference(false)
                        .unwrap_or_else(|| "there is no snapshot yet".into()),
                )),
                Verdict::Skipped(why) => skipped(&why),
                Verdict::Broken(why) => Err(why.into()),
            },
        ));
        let (at, named) = (house.clone(), step.clone());
        trials.push(Trial::ignorable_test(
            format!("copy::{}", step.path),
            move || match copies::check(&at, &named) {
                Ok(copies::Copied::Same(_)) => Ok(Completion::Completed),
                Ok(copies::Copied::Skipped(why)) => skipped(&why),
                Err(error) => Err(format!("{error:#}").into()),
            },
        ));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A machine may lack a tool; CI may not.
fn skipped(why: &str) -> Result<Completion, Failed> {
    if env::var_os("CI").is_some() {
        return Err(format!("{why} (in CI nothing may be skipped)").into());
    }
    Ok(Completion::ignored_with(why))
}
