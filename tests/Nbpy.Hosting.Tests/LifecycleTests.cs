using System.Globalization;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Tests;

public sealed class LifecycleTests
{
    private const string Patient = "trap 'echo $NAME >> order; exit 0' TERM; echo up; while :; do sleep 0.02; done";

    [Fact]
    public async Task Events_come_in_order_and_once()
    {
        var seen = new List<string>();
        await using (var host = new TestHost())
        {
            void Note(string what)
            {
                lock (seen)
                    seen.Add(what);
            }

            host.Builder.Eventing.Subscribe<BeforeStartEvent>((e, _) => { Note($"before start of {e.Model.Resources.Count}"); return Task.CompletedTask; });
            host.Builder.Eventing.Subscribe<AfterResourcesCreatedEvent>((_, _) => { Note("created"); return Task.CompletedTask; });
            host.Shell("one", "exec sleep 60").WithEndpoint(name: "tcp").WithExplicitStart()
                .OnInitializeResource((_, _, _) => { Note("initialize"); return Task.CompletedTask; })
                .OnResourceEndpointsAllocated((r, _, _) => { Note($"endpoints {r.Annotations.OfType<EndpointAnnotation>().Single().AllocatedPort > 0}"); return Task.CompletedTask; })
                .OnBeforeResourceStarted((_, _, _) => { Note("before"); return Task.CompletedTask; })
                .OnResourceReady((_, _, _) => { Note("ready"); return Task.CompletedTask; })
                .OnResourceStopped((_, e, _) => { Note($"stopped {e.ResourceEvent.Snapshot.State?.Text}"); return Task.CompletedTask; });
            await host.StartAsync();
            Assert.Equal(KnownResourceStates.NotStarted, host.StateOf("one"));
            Assert.Equal(["before start of 1", "initialize", "endpoints True", "created"], seen);
            Assert.True((await host.CommandAsync("one", "start")).Success);
            await host.States.WaitForResourceHealthyAsync("one", host.Cancel);
        }

        Assert.Equal(["before", "ready", "stopped Finished"], seen.Skip(4));
    }

    [Fact]
    public async Task A_callback_that_fails_before_the_start_fails_that_start_alone()
    {
        await using var host = new TestHost();
        host.Shell("one", "true").OnBeforeResourceStarted((_, _, _) => throw new InvalidOperationException("not today"));
        host.Shell("two", "true");
        await host.StartAsync();
        Assert.Equal("not today", TestHost.Property((await host.EndAsync("one")).Snapshot, "error"));
        await host.StateAsync("two", KnownResourceStates.Finished);
    }

    [Fact]
    public async Task A_resource_of_another_kind_lives_by_who_initializes_it_and_is_waited_for_like_any_other()
    {
        await using var host = new TestHost();
        var custom = host.Builder.AddResource(new Custom("custom")).OnInitializeResource((r, e, _) => e.Notifications.PublishUpdateAsync(
            r, s => s with { State = KnownResourceStates.Finished, ExitCode = 0 })).WithCommand("poke", "Poke", _ => Task.FromResult(CommandResults.Success()));
        host.Shell("after", "true").WaitForCompletion(custom);
        await host.StartAsync();
        await host.StateAsync("after", KnownResourceStates.Finished);
        Assert.True((await host.CommandAsync("custom", "poke")).Success);
        Assert.False((await host.CommandAsync("custom", "start")).Success);
    }

    [Fact]
    public async Task What_waits_for_others_is_stopped_first()
    {
        string[] order;
        await using (var host = new TestHost())
        {
            var store = host.Shell("store", Patient).WithEnvironment("NAME", "store");
            var sink = host.Shell("sink", Patient).WithEnvironment("NAME", "sink").WaitFor(store);
            host.Shell("source", Patient).WithEnvironment("NAME", "source").WaitFor(sink);
            await host.StartAsync();
            await host.StateAsync("source", KnownResourceStates.Running);
            foreach (var name in (string[])["store", "sink", "source"])
            {
                var log = Path.Combine(host.Folder, "logs", name + ".log");
                await host.UntilAsync($"{name} is up", () => File.Exists(log) && File.ReadAllText(log).Contains("up", StringComparison.Ordinal));
            }

            await host.App.StopAsync(host.Cancel);
            order = await File.ReadAllLinesAsync(Path.Combine(host.Folder, "order"), host.Cancel);
        }

        Assert.Equal(["source", "sink", "store"], order);
    }

    [Fact]
    public async Task What_does_not_stop_in_time_is_killed_and_the_rest_stops_all_the_same()
    {
        await using var host = new TestHost("--Nbpy:ShutdownTimeoutSeconds=0.5");
        host.Shell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.02; done");
        await host.StartAsync();
        var running = await host.StateAsync("stubborn", KnownResourceStates.Running);
        var log = Path.Combine(host.Folder, "logs", "stubborn.log");
        await host.UntilAsync("it ignores the signal", () => File.Exists(log) && File.ReadAllText(log).Contains("up", StringComparison.Ordinal));
        await host.App.StopAsync(host.Cancel);
        Assert.Equal(137, (await host.EndAsync("stubborn")).Snapshot.ExitCode);
        Assert.False(TestHost.Lives(int.Parse(TestHost.Property(running.Snapshot, "pid")!, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task One_that_hangs_takes_no_time_from_those_that_drain_after_it()
    {
        await using var host = new TestHost("--Nbpy:ShutdownTimeoutSeconds=3");
        const string draining = "trap 'sleep 0.2; exit 0' TERM; echo up; while :; do sleep 0.02; done";
        var store = host.Shell("store", draining);
        var sink = host.Shell("sink", draining).WaitFor(store);
        host.Shell("source", "trap '' TERM; echo up; while :; do sleep 0.02; done").WaitFor(sink);
        await host.StartAsync();
        await host.StateAsync("source", KnownResourceStates.Running);
        foreach (var name in (string[])["store", "sink", "source"])
        {
            var log = Path.Combine(host.Folder, "logs", name + ".log");
            await host.UntilAsync($"{name} is up", () => File.Exists(log) && File.ReadAllText(log).Contains("up", StringComparison.Ordinal));
        }

        await host.App.StopAsync(host.Cancel);
        int? ExitCode(string name) => host.States.TryGetCurrentState(name, out var known) ? known.Snapshot.ExitCode : null;
        Assert.Equal((137, 0, 0), (ExitCode("source"), ExitCode("sink"), ExitCode("store")));
    }

    [Fact]
    public async Task A_hangup_stops_in_order()
    {
        await using var host = new TestHost();
        host.Shell("one", "exec sleep 60");
        var running = host.App.RunAsync(host.Cancel);
        await host.StateAsync("one", KnownResourceStates.Running);
        System.Diagnostics.Process.Start("/bin/kill", ["-HUP", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        await running.WaitAsync(host.Cancel);
        Assert.Equal(143, (await host.EndAsync("one")).Snapshot.ExitCode);
    }

    [Fact]
    public async Task A_callback_that_never_ends_does_not_hold_the_stop_up_for_ever()
    {
        await using var host = new TestHost("--Nbpy:ShutdownTimeoutSeconds=0.2");
        var entered = new TaskCompletionSource();
        host.Shell("one", "true").OnBeforeResourceStarted(async (_, _, _) =>
        {
            entered.SetResult();
            await new TaskCompletionSource().Task;
        });
        await host.StartAsync();
        await entered.Task.WaitAsync(host.Cancel);
        await host.App.StopAsync(host.Cancel);
        Assert.False((await host.CommandAsync("one", "start")).Success);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    public async Task What_a_process_started_itself_ends_with_it(string how)
    {
        await using var host = new TestHost();
        host.Shell("parent", "sleep 300 & echo $! > child; echo $$; wait");
        await host.StartAsync();
        var running = await host.StateAsync("parent", KnownResourceStates.Running);
        var file = Path.Combine(host.Folder, "child");
        await host.UntilAsync("the child is there", () => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'));
        var child = int.Parse(await File.ReadAllTextAsync(file, host.Cancel), CultureInfo.InvariantCulture);
        Assert.True(TestHost.Lives(child));
        if (how == "stop")
            await host.CommandAsync("parent", "stop");
        else
            System.Diagnostics.Process.GetProcessById(int.Parse(TestHost.Property(running.Snapshot, "pid")!, CultureInfo.InvariantCulture)).Kill();
        await host.StateAsync("parent", KnownResourceStates.Finished);
        await host.UntilAsync("the child has ended", () => !TestHost.Lives(child));
    }

    [Fact]
    public async Task When_the_host_dies_the_guardian_ends_its_processes_with_their_children()
    {
        await using var host = new TestHost();
        using var guardian = Guardian.Start();
        var file = Path.Combine(host.Folder, "child");
        using var process = System.Diagnostics.Process.Start(Session.Start("/bin/sh", ["-c", "sleep 300 & echo $! > \"$0\"; wait", file]))!;
        guardian.Add(process.Id);
        await host.UntilAsync("the child is there", () => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'));
        var child = int.Parse(await File.ReadAllTextAsync(file, host.Cancel), CultureInfo.InvariantCulture);
        guardian.Abandon();
        await host.UntilAsync("both have ended", () => process.HasExited && !TestHost.Lives(child));
    }

    [Fact]
    public async Task A_guardian_that_was_killed_is_replaced_by_one_that_knows_everything()
    {
        await using var host = new TestHost();
        using var guardian = Guardian.Start();
        using var first = System.Diagnostics.Process.Start(Session.Start("/bin/sh", ["-c", "exec sleep 300"]))!;
        guardian.Add(first.Id);
        var shell = guardian.Id!.Value;
        System.Diagnostics.Process.GetProcessById(shell).Kill();
        await host.UntilAsync("the guardian is gone", () => !TestHost.Lives(shell));
        using var second = System.Diagnostics.Process.Start(Session.Start("/bin/sh", ["-c", "exec sleep 300"]))!;
        guardian.Add(second.Id);
        Assert.NotEqual(shell, guardian.Id);
        guardian.Abandon();
        await host.UntilAsync("both have ended", () => first.HasExited && second.HasExited);
    }

    [Fact]
    public async Task A_resource_can_be_run_again_and_again_and_its_log_goes_on()
    {
        await using var host = new TestHost();
        host.Shell("job", "echo run").WithExplicitStart();
        await host.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await host.CommandAsync("job", "start")).Success);
            await host.StateAsync("job", KnownResourceStates.Finished);
        }

        Assert.Equal("run\nrun\nrun", await host.LogAsync("job"));
        Assert.Equal("run\nrun\nrun\n", await File.ReadAllTextAsync(Path.Combine(host.Folder, "logs", "job.log"), host.Cancel));
    }

    private sealed class Custom(string name) : Resource(name);
}
