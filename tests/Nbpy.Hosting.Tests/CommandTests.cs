using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Dashboard;

namespace Nbpy.Hosting.Tests;

public sealed class CommandTests
{
    [Fact]
    public async Task Start_stop_and_restart_say_when_they_cannot_be_done()
    {
        await using var host = new TestHost();
        host.Shell("one", "exec sleep 60");
        await host.StartAsync();
        var first = TestHost.Property((await host.StateAsync("one", KnownResourceStates.Running)).Snapshot, "pid");
        var again = await host.CommandAsync("one", "start");
        Assert.Equal((false, "'one' runs already."), (again.Success, again.ErrorMessage));
        Assert.True((await host.CommandAsync("one", "restart")).Success);
        await host.States.WaitForResourceAsync("one", e => e.Snapshot.State?.Text == KnownResourceStates.Running && TestHost.Property(e.Snapshot, "pid") != first, host.Cancel);
        Assert.True((await host.CommandAsync("one", "stop")).Success);
        Assert.Equal(143, (await host.EndAsync("one")).Snapshot.ExitCode);
        Assert.True((await host.CommandAsync("one", "stop")).Success); // It is stopped: nothing to do.
        Assert.Equal("There is no resource 'two'.", (await host.CommandAsync("two", "start")).ErrorMessage);
    }

    [Fact]
    public async Task One_resource_has_the_configured_time_to_stop_and_a_stop_is_noted_also_of_what_does_not_run()
    {
        await using var host = new TestHost("--Nbpy:ShutdownTimeoutSeconds=0.3");
        host.Shell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.02; done");
        host.Shell("dead", "exit 1");
        await host.StartAsync();
        var log = Path.Combine(host.Folder, "logs", "stubborn.log");
        await host.UntilAsync("it ignores the signal", () => File.Exists(log) && File.ReadAllText(log).Contains("up", StringComparison.Ordinal));
        Assert.Equal("'stubborn' did not stop by itself within 0.3 s and was killed.", (await host.CommandAsync("stubborn", "stop")).ErrorMessage);
        await host.StateAsync("dead", KnownResourceStates.Finished);
        Assert.True((await host.CommandAsync("dead", "stop")).Success);
        Assert.True(host.States.TryGetCurrentState("dead", out var stopped));
        Assert.Equal("True", TestHost.Property(stopped.Snapshot, "stop.wanted"));
        Assert.True((await host.CommandAsync("dead", "start")).Success);
        await host.States.WaitForResourceAsync("dead", e => TestHost.Property(e.Snapshot, "stop.wanted") is null, host.Cancel);
    }

    [Fact]
    public async Task A_command_of_the_applications_own_is_done_when_its_state_allows_and_its_result_comes_back()
    {
        await using var host = new TestHost();
        host.Shell("one", "exec sleep 60")
            .WithCommand("greet", "Greet", c => Task.FromResult(CommandResults.Failure($"hello from {c.ResourceName}")))
            .WithCommand("throw", "Throw", _ => throw new InvalidOperationException("broken"))
            .WithCommand("later", "Later", _ => Task.FromResult(CommandResults.Success()), new CommandOptions
            {
                UpdateState = c => c.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Disabled : ResourceCommandState.Enabled,
            })
            .WithCommand("twice", "First", _ => Task.FromResult(CommandResults.Failure("the first")))
            .WithCommand("twice", "Second", _ => Task.FromResult(CommandResults.Success()));
        await host.StartAsync();
        await host.StateAsync("one", KnownResourceStates.Running);
        Assert.Equal("hello from one", (await host.CommandAsync("one", "greet")).ErrorMessage);
        Assert.Equal("'throw' of 'one' failed: broken", (await host.CommandAsync("one", "throw")).ErrorMessage);
        Assert.Equal("'later' cannot be given to 'one' while it is Running.", (await host.CommandAsync("one", "later")).ErrorMessage);
        Assert.True((await host.CommandAsync("one", "twice")).Success);
        Assert.Contains("it has start, stop, restart, greet", (await host.CommandAsync("one", "dance")).ErrorMessage, StringComparison.Ordinal);
        await host.CommandAsync("one", "stop");
        Assert.True((await host.CommandAsync("one", "later")).Success);
    }

    [Fact]
    public async Task Links_are_the_endpoints_changed_and_added_to()
    {
        await using var host = new TestHost();
        var port = TestHost.FreePort();
        var one = host.Shell("one", "exec sleep 60").WithHttpEndpoint(port: port, name: "web");
        one.WithUrlForEndpoint("web", u => { u.Url = "/start"; u.DisplayText = "Start"; })
            .WithUrlForEndpoint("web", e => new ResourceUrlAnnotation { Url = "/help", Endpoint = e })
            .WithUrl("http://elsewhere/", "Elsewhere").WithUrl(ReferenceExpression.Create($"{one.GetEndpoint("web")}/api"));
        await host.StartAsync();
        var urls = await ResourceViews.UrlsAsync(one.Resource);
        Assert.Equal(
            [("Start", $"http://localhost:{port}/start"), ("Elsewhere", "http://elsewhere/"), ($"http://localhost:{port}/help", $"http://localhost:{port}/help"), ($"http://localhost:{port}/api", $"http://localhost:{port}/api")],
            urls.Select(u => (u.Name, u.Url)));
    }

    [Fact]
    public async Task A_watcher_gets_the_present_state_first_and_an_update_of_the_applications_own_is_seen()
    {
        await using var host = new TestHost();
        var one = host.Shell("one", "exec sleep 60");
        await host.StartAsync();
        await host.StateAsync("one", KnownResourceStates.Running);
        await host.States.PublishUpdateAsync(one.Resource, s => s with { State = new ResourceStateSnapshot("Special", "info") });
        await foreach (var change in host.States.WatchAsync(host.Cancel))
        {
            Assert.Equal(("one", "Special"), (change.ResourceId, change.Snapshot.State?.Text));
            break;
        }

        using var impatient = new CancellationTokenSource();
        var waiting = host.States.WaitForResourceAsync("one", "Never", impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_subscription_that_was_given_back_is_not_called()
    {
        await using var host = new TestHost();
        var calls = 0;
        var subscription = host.Builder.Eventing.Subscribe<BeforeStartEvent>((_, _) => { calls++; return Task.CompletedTask; });
        host.Builder.Eventing.Subscribe<BeforeStartEvent>((_, _) => { calls += 10; return Task.CompletedTask; });
        host.Builder.Eventing.Unsubscribe(subscription);
        await host.StartAsync();
        Assert.Equal(10, calls);
    }
}
