import numpy as np
import pytest

from sim.estimation.items.occasions import Habits, Panel, follow, logistic


def habits(**changes) -> Habits:
    given = {
        "discrimination": np.array([1.5]), "difficulty": np.array([-0.3]), "habit_sd": np.zeros(1),
        "loading": np.zeros(0), "sign": np.ones(1), "slopes": np.zeros((1, 0)), "sd": 0.8, "decay": 2e-4,
        "jubilee": 0.0, "year_sd": 0.5, "response": 0.0,
    }  # fmt: skip
    return Habits(**(given | changes))


def panel(done: np.ndarray, measure: np.ndarray | None = None, received: np.ndarray | None = None) -> Panel:
    _, partners, years = done.shape
    return Panel(
        done=done,
        measure=np.zeros((0, partners, years)) if measure is None else measure,
        covariate=np.zeros((partners, years + 1, 0)),
        jubilee=np.zeros((partners, years + 1)),
        received=np.zeros((partners, years)) if received is None else received,
    )


def test_no_occasion_leaves_the_prior():
    course = follow(panel(np.full((1, 3, 6), np.nan)), habits())
    assert course.theta == pytest.approx(0, abs=1e-9)
    assert course.theta_sd == pytest.approx(0.8, rel=0.02)
    assert course.log_likelihood == pytest.approx(0, abs=1e-12)


def test_absence_on_an_occasion_counts_and_more_than_presence_where_presence_is_easy():
    done = np.array([[[1.0], [0.0], [np.nan]]])
    theta = follow(panel(done), habits(difficulty=np.array([-1.0]))).theta[:, 0]
    assert theta[0] > theta[2] > theta[1]
    assert theta[2] - theta[1] > theta[0] - theta[2]


def test_forecast_follows_what_was_done_and_is_calibrated_on_its_own_simulations():
    rng = np.random.default_rng(3)
    h = habits(year_sd=0.05)
    theta = rng.normal(0, h.sd, 1500)
    done = np.zeros((1, 1500, 8))
    keep = np.exp(-h.decay * 365.25)
    for t in range(8):
        done[0, :, t] = rng.random(1500) < logistic(1.5 * (theta + 0.3))
        theta = keep * theta + h.sd * np.sqrt(1 - keep**2) * rng.normal(size=1500)
    course = follow(panel(done[:, :, :7]), h)
    p = course.forecast[0, :, -1]
    for low, high in ((0.0, 0.4), (0.4, 0.7), (0.7, 1.0)):
        part = (p >= low) & (p < high)
        assert done[0, part, 7].mean() == pytest.approx(p[part].mean(), abs=0.06)


def test_a_habit_takes_the_blame_from_affinity():
    done = np.zeros((2, 2, 8))
    done[0] = 0.0
    kinds = {
        "discrimination": np.ones(2),
        "difficulty": np.zeros(2),
        "sign": np.ones(2),
        "slopes": np.zeros((2, 0)),
    }
    without = follow(panel(done), habits(**kinds, habit_sd=np.zeros(2))).theta[0, -1]
    with_habit = follow(panel(done), habits(**kinds, habit_sd=np.array([2.0, 2.0]))).theta[0, -1]
    assert without < with_habit < 0


def test_what_is_received_warms_by_its_share():
    received = np.zeros((1, 5))
    received[0, 2] = 1.0
    nothing = np.full((1, 1, 5), np.nan)
    h = habits(response=0.05, decay=1e-7)
    moved = follow(panel(nothing, received=received), h).theta[0]
    assert moved[2] == pytest.approx(0, abs=1e-9)
    assert moved[3] == pytest.approx(0.05, abs=0.003)


def test_a_measure_moves_theta_its_way():
    nothing = np.full((1, 2, 1), np.nan)
    theta = follow(
        panel(nothing, measure=np.array([[[2.0], [np.nan]]])), habits(loading=np.array([0.5]))
    ).theta
    assert theta[0, 0] == pytest.approx(0.5 * 2 / (0.25 + 1 / 0.64), rel=0.02)
    assert theta[1, 0] == pytest.approx(0, abs=1e-9)
