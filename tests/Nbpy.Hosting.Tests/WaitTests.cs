using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Tests;

public sealed class WaitTests
{
    [Fact]
    public async Task WaitFor_holds_until_the_dependency_is_healthy_and_its_ready_callbacks_are_done()
    {
        await using var host = new TestHost();
        var healthy = false;
        var seeding = new TaskCompletionSource();
        host.Builder.Services.AddHealthChecks().AddCheck("store_check", () => Volatile.Read(ref healthy) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("still loading"));
        var store = host.Shell("store", "exec sleep 60").WithHealthCheck("store_check").OnResourceReady((_, _, cancel) => seeding.Task.WaitAsync(cancel));
        host.Shell("after", "true").WaitFor(store);
        await host.StartAsync();
        var unhealthy = await host.States.WaitForResourceAsync("store", e => e.Snapshot.HealthReports.Any(r => r.Status == HealthStatus.Unhealthy), host.Cancel);
        Assert.Equal("still loading", unhealthy.Snapshot.HealthReports[0].Description);
        Assert.Equal(KnownResourceStates.Waiting, (await host.StateAsync("after", KnownResourceStates.Waiting)).Snapshot.State?.Text);
        Volatile.Write(ref healthy, true);
        await host.States.WaitForResourceAsync("store", e => e.Snapshot.HealthStatus == HealthStatus.Healthy, host.Cancel);
        Assert.Equal(KnownResourceStates.Waiting, host.StateOf("after"));
        seeding.SetResult();
        await host.StateAsync("after", KnownResourceStates.Finished);
        await host.States.WaitForResourceHealthyAsync("store", host.Cancel);
    }

    [Fact]
    public async Task A_ready_callback_that_fails_fails_what_waits_and_says_why()
    {
        await using var host = new TestHost();
        var store = host.Shell("store", "exec sleep 60").OnResourceReady((_, _, _) => throw new InvalidOperationException("the seed is bad"));
        host.Shell("after", "true").WaitFor(store);
        await host.StartAsync();
        var failed = await host.StateAsync("after", KnownResourceStates.FailedToStart);
        Assert.Contains("the seed is bad", TestHost.Property(failed.Snapshot, "error"), StringComparison.Ordinal);
        Assert.Equal(KnownResourceStates.Running, host.StateOf("store"));
    }

    [Fact]
    public async Task WaitForStart_does_not_wait_for_health()
    {
        await using var host = new TestHost();
        host.Builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy());
        var store = host.Shell("store", "exec sleep 60").WithHealthCheck("never");
        host.Shell("after", "true").WaitForStart(store);
        await host.StartAsync();
        await host.StateAsync("after", KnownResourceStates.Finished);
    }

    [Theory]
    [InlineData("exit 0", 0, true)]
    [InlineData("exit 3", 3, true)]
    [InlineData("exit 3", 0, false)]
    [InlineData("exit 0", 3, false)]
    [InlineData("kill -9 $$", 137, true)]
    public async Task WaitForCompletion_wants_the_exit_code_it_was_given(string script, int wanted, bool starts)
    {
        await using var host = new TestHost();
        var job = host.Shell("job", script);
        host.Shell("after", "true").WaitForCompletion(job, wanted);
        await host.StartAsync();
        var ended = await host.EndAsync("after");
        Assert.Equal(starts ? KnownResourceStates.Finished : KnownResourceStates.FailedToStart, ended.Snapshot.State?.Text);
        if (!starts)
            Assert.Contains("job, which it waits for, ended with exit code", TestHost.Property(ended.Snapshot, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_for_something_that_is_given_up_fails_and_so_does_what_waits_for_that()
    {
        await using var host = new TestHost();
        var broken = host.Builder.AddProject("broken", "Nowhere.csproj");
        var second = host.Shell("second", "true").WaitFor(broken);
        host.Shell("third", "true").WaitForCompletion(second);
        host.Shell("fourth", "true").WaitForStart(broken);
        host.Shell("fifth", "true").WaitFor(second);
        await host.StartAsync();
        await host.StateAsync("broken", KnownResourceStates.FailedToStart);
        await host.StateAsync("second", KnownResourceStates.Waiting);
        await host.States.PublishUpdateAsync(broken.Resource, s => s with { State = new ResourceStateSnapshot("Fatal", "error"), Properties = s.Properties.With((DependencyWait.GivenUp, "too often")) });
        foreach (var (name, fate) in ((string, string)[])[("second", "broken, which it waits for, is given up"), ("third", "second, which it waits for, did not start"), ("fourth", "broken, which it waits for, is given up"), ("fifth", "second, which it waits for, did not start")])
            Assert.Equal(fate, TestHost.Property((await host.StateAsync(name, KnownResourceStates.FailedToStart)).Snapshot, "error"));
    }

    [Fact]
    public async Task What_waits_for_health_goes_on_waiting_when_the_dependency_ends_first_and_starts_when_it_is_back()
    {
        await using var host = new TestHost();
        var healthy = false;
        host.Builder.Services.AddHealthChecks().AddCheck("store_check", () => Volatile.Read(ref healthy) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        var store = host.Shell("store", "read x < gate; exit 4").WithHealthCheck("store_check");
        System.Diagnostics.Process.Start("mkfifo", Path.Combine(host.Folder, "gate")).WaitForExit();
        host.Shell("after", "true").WaitFor(store);
        await host.StartAsync();
        await host.StateAsync("after", KnownResourceStates.Waiting);
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "gate"), "\n", host.Cancel);
        await host.StateAsync("store", KnownResourceStates.Finished);
        Assert.Equal(KnownResourceStates.Waiting, host.StateOf("after"));
        Volatile.Write(ref healthy, true);
        Assert.True((await host.CommandAsync("store", "start")).Success);
        await host.StateAsync("after", KnownResourceStates.Finished);
    }

    [Fact]
    public async Task A_wait_for_health_is_bounded_and_its_end_says_why()
    {
        await using var host = new TestHost("--Nbpy:HealthTimeoutSeconds=60", "--Nbpy:HealthTimeoutSeconds:store=1");
        host.Builder.Services.AddHealthChecks().AddCheck("never", () => HealthCheckResult.Unhealthy("still loading"));
        var store = host.Shell("store", "exec sleep 60").WithHealthCheck("never");
        host.Shell("after", "true").WaitFor(store);
        await host.StartAsync();
        var failed = await host.StateAsync("after", KnownResourceStates.FailedToStart);
        Assert.Equal("store, which it waits for, has run for 1 s without getting healthy: still loading", TestHost.Property(failed.Snapshot, "error"));
        Assert.Equal(KnownResourceStates.Running, host.StateOf("store"));
    }

    [Fact]
    public async Task A_waiting_resource_names_what_it_waits_for_and_can_be_stopped()
    {
        await using var host = new TestHost();
        var store = host.Shell("store", "true").WithExplicitStart();
        var job = host.Shell("job", "exec sleep 60");
        host.Shell("after", "true").WaitFor(store).WaitForCompletion(job);
        await host.StartAsync();
        var waiting = await host.StateAsync("after", KnownResourceStates.Waiting);
        Assert.Equal("store, job to complete", TestHost.Property(waiting.Snapshot, "waiting.for"));
        Assert.True((await host.CommandAsync("after", "stop")).Success);
        Assert.Equal(KnownResourceStates.NotStarted, host.StateOf("after"));
    }

    [Fact]
    public async Task A_health_check_that_nobody_registered_is_unhealthy_and_named()
    {
        await using var host = new TestHost();
        host.Shell("store", "exec sleep 60").WithHealthCheck("forgotten");
        await host.StartAsync();
        var seen = await host.States.WaitForResourceAsync("store", e => e.Snapshot.HealthReports.Any(r => r.Status == HealthStatus.Unhealthy), host.Cancel);
        Assert.Contains("'forgotten'", seen.Snapshot.HealthReports[0].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_circle_is_refused_before_anything_starts()
    {
        await using var host = new TestHost();
        var one = host.Shell("one", "true");
        var two = host.Shell("two", "true").WaitFor(one);
        one.WaitFor(two);
        var e = await Assert.ThrowsAsync<DistributedApplicationException>(host.StartAsync);
        Assert.Contains("one, two", e.Message, StringComparison.Ordinal);
    }
}
