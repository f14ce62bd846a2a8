using Microsoft.Extensions.Time.Testing;
using Nbpy.AppHost.Supervision;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests.Supervision;

public sealed class RestartPolicyTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Waits_double_from_the_first_to_the_longest()
    {
        var policy = Policy(new SupervisionConfig { MaxRestarts = 100 });
        double[] waits = [.. Enumerable.Range(0, 8).Select(_ => policy.Died()!.Value.TotalSeconds)];
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], waits);
    }

    [Fact]
    public void A_fifth_of_the_wait_is_at_random()
    {
        Assert.Equal(0.8, new RestartPolicy(new SupervisionConfig(), time, () => 0).Died()!.Value.TotalSeconds, 6);
        Assert.Equal(0.9, new RestartPolicy(new SupervisionConfig(), time, () => 0.5).Died()!.Value.TotalSeconds, 6);
    }

    [Fact]
    public void Running_stably_makes_the_wait_the_first_again_and_running_shortly_does_not()
    {
        var policy = Policy(new SupervisionConfig { MaxRestarts = 100 });
        policy.Died();
        policy.Died();
        policy.Started();
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(4, policy.Died()!.Value.TotalSeconds);
        policy.Started();
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, policy.Died()!.Value.TotalSeconds);
    }

    [Fact]
    public void A_storm_of_a_hundred_deaths_is_given_up_after_five_restarts_until_somebody_clears_it()
    {
        var policy = Policy(new SupervisionConfig());
        var restarts = Enumerable.Range(0, 100).Count(_ => policy.Died() is not null);
        Assert.Equal(5, restarts);
        Assert.True(policy.IsFatal);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Null(policy.Died());
        policy.Clear();
        Assert.False(policy.IsFatal);
        Assert.Equal(1, policy.Died()!.Value.TotalSeconds);
    }

    [Fact]
    public void Deaths_that_are_far_apart_never_use_the_budget_up()
    {
        var policy = Policy(new SupervisionConfig());
        for (var i = 0; i < 50; i++)
        {
            policy.Started();
            time.Advance(TimeSpan.FromSeconds(151));
            Assert.NotNull(policy.Died());
        }
    }

    [Fact]
    public void Restart_false_leaves_it_dead_without_calling_it_fatal()
    {
        var policy = Policy(new SupervisionConfig { Restart = false });
        Assert.Null(policy.Died());
        Assert.False(policy.IsFatal);
    }

    private RestartPolicy Policy(SupervisionConfig config) => new(config, time, () => 1);
}
