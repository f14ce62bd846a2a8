using Microsoft.Extensions.Time.Testing;
using Nbpy.AppHost.Supervision;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests.Supervision;

public sealed class LivenessPolicyTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void An_endpoint_that_does_not_answer_for_the_timeout_means_a_restart()
    {
        var policy = Started();
        policy.Answered(1, isDue: true);
        policy.DidNotAnswer(time.GetUtcNow());
        Pass(14);
        policy.DidNotAnswer(time.GetUtcNow());
        Assert.Null(policy.Verdict());
        Pass(1);
        Assert.Equal("its health endpoint has not answered for 15 s", policy.Verdict());
        policy.Restarting();
        Assert.Null(policy.Verdict());
    }

    [Fact]
    public void One_answer_in_between_begins_the_time_anew()
    {
        var policy = Started();
        policy.Answered(null, isDue: false);
        policy.DidNotAnswer(time.GetUtcNow());
        Pass(14);
        policy.Answered(null, isDue: false);
        policy.DidNotAnswer(time.GetUtcNow());
        Pass(14);
        Assert.Null(policy.Verdict());
    }

    [Fact]
    public void A_process_that_hangs_at_its_start_is_judged_after_a_grace_and_again_after_every_restart()
    {
        var policy = Started();
        for (var life = 0; life < 3; life++)
        {
            policy.DidNotAnswer(time.GetUtcNow());
            Pass(59);
            Assert.Null(policy.Verdict());
            Pass(1);
            Assert.Equal("its health endpoint has not answered for 60 s", policy.Verdict());
            policy.Restarting();
            policy.Started();
        }
    }

    [Fact]
    public void Without_a_grace_nothing_is_judged_before_the_first_answer()
    {
        var policy = Started(new SupervisionConfig { StartTimeout = 0 });
        policy.DidNotAnswer(time.GetUtcNow());
        Pass(100_000);
        Assert.Null(policy.Verdict());
    }

    [Fact]
    public void Data_that_have_stopped_mean_a_restart_however_healthy_the_service_calls_itself()
    {
        var policy = Started();
        Answer(policy, 10);
        Answer(policy, 11);
        for (var second = 2; second < 60; second += 2)
            Answer(policy, 11);
        Assert.Null(policy.Verdict());
        Answer(policy, 11);
        Assert.Equal("no data for 60 s", policy.Verdict());
    }

    [Fact]
    public void What_was_never_heard_of_is_judged_too_and_again_after_the_restart_with_twice_the_time_until_data_come()
    {
        var policy = Started();
        foreach (var limit in (int[])[60, 120, 240, 480, 960, 1920, 3600, 3600])
        {
            policy.Answered(0, isDue: true);
            Pass(limit - 1);
            Assert.Null(policy.Verdict());
            Pass(1);
            Assert.Equal($"no data for {limit} s", policy.Verdict());
            policy.Restarting();
            policy.Started();
        }

        policy.Answered(0, isDue: true);
        policy.Answered(1, isDue: true);
        policy.Answered(1, isDue: true);
        Pass(60);
        Assert.NotNull(policy.Verdict());
    }

    [Fact]
    public void Silence_that_is_no_fault_is_no_reason_and_neither_is_what_is_switched_off_or_unknown()
    {
        var (quiet, off, unknown) = (Started(), Started(silence: 0), Started());
        for (var minute = 0; minute < 10; minute++)
        {
            quiet.Answered(5, isDue: false);
            off.Answered(5, isDue: true);
            unknown.Answered(null, isDue: true);
            Pass(60);
            Assert.Equal((null, null, null), (quiet.Verdict(), off.Verdict(), unknown.Verdict()));
        }
    }

    [Fact]
    public void What_receives_has_missed_something_only_when_its_source_has_published_since()
    {
        var (source, sink) = (Started(), Started());
        Answer(source, 1);
        Assert.False(sink.HasMissed(source)); // What it had published before is not known.
        Answer(source, 2);
        Assert.True(sink.HasMissed(source));
        Answer(sink, 1);
        Answer(sink, 2);
        Assert.False(sink.HasMissed(source));
        source.Started();
        Assert.False(sink.HasMissed(source));
    }

    [Fact]
    public void A_verdict_about_which_nothing_is_done_is_given_once_until_the_service_has_recovered()
    {
        var policy = Started();
        policy.Answered(1, isDue: true);
        policy.DidNotAnswer(time.GetUtcNow());
        Pass(15);
        Assert.NotNull(policy.Verdict());
        policy.Told();
        Pass(15);
        Assert.Null(policy.Verdict());
        policy.Answered(1, isDue: true);
        policy.DidNotAnswer(time.GetUtcNow());
        Pass(15);
        Assert.NotNull(policy.Verdict());
    }

    private LivenessPolicy Started(SupervisionConfig? config = null, double silence = 60)
    {
        var policy = new LivenessPolicy(config ?? new SupervisionConfig(), silence, time);
        policy.Started();
        return policy;
    }

    private void Answer(LivenessPolicy policy, long count)
    {
        policy.Answered(count, isDue: true);
        Pass(2);
    }

    private void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));
}
