using Microsoft.Extensions.Time.Testing;
using Nbpy.AppHost.Supervision;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests;

public sealed class LivenessPolicyTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_endpoint_that_does_not_answer_for_the_timeout_means_a_restart()
    {
        var policy = Policy(isSource: false);
        policy.Observe(running: true, answers: false, healthy: false, null);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.Null(policy.Verdict());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("15 s", policy.Verdict(), StringComparison.Ordinal);
        policy.Reset();
        Assert.Null(policy.Verdict());
    }

    [Fact]
    public void One_answer_in_between_begins_the_time_anew()
    {
        var policy = Policy(isSource: false);
        policy.Observe(true, false, false, null);
        time.Advance(TimeSpan.FromSeconds(14));
        policy.Observe(true, true, true, null);
        policy.Observe(true, false, false, null);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.Null(policy.Verdict());
    }

    [Fact]
    public void A_connected_but_silent_source_is_restarted_and_a_subscriber_without_its_store_is_not()
    {
        var (source, subscriber) = (Policy(isSource: true), Policy(isSource: false));
        source.Observe(true, true, false, "/health answered 503: silent for 20 s");
        subscriber.Observe(true, true, false, "/health answered 503: the store does not answer");
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Contains("no data for 60 s", source.Verdict(), StringComparison.Ordinal);
        Assert.Null(subscriber.Verdict());
    }

    [Fact]
    public void A_venue_that_refuses_is_no_reason_to_restart()
    {
        var policy = Policy(isSource: true);
        policy.Observe(true, true, false, "/health answered 503: refused: the token is wrong");
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(policy.Verdict());
    }

    [Fact]
    public void What_does_not_run_or_was_never_healthy_is_not_judged()
    {
        var policy = Policy(isSource: true);
        policy.Observe(running: false, answers: false, healthy: false, null);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(policy.Verdict());
    }

    private LivenessPolicy Policy(bool isSource) => new(new SupervisionConfig(), isSource, time);
}
