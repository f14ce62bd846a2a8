using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.AppHost.Supervision;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Tests.Supervision;

/// <summary>The supervisor over real processes: what is killed, silent, hanging, storming, stopped.</summary>
[Collection(nameof(SupervisorTests))]
[CollectionDefinition(nameof(SupervisorTests), DisableParallelization = true)]
public sealed class SupervisorTests
{
    [Fact]
    public async Task A_source_that_goes_silent_is_replaced_and_its_states_follow_each_other()
    {
        await using var host = new SupervisedHost { Supervision = new() { InitialBackoff = 0.01, SilenceTimeout = 0.5 } };
        host.Add("kraken-tick");
        await host.StartAsync("kraken_tick");
        await host.UntilAsync("kraken-tick", s => s.HealthStatus == HealthStatus.Healthy);
        await File.WriteAllTextAsync(Path.Combine(host.FolderOf("kraken-tick"), "silent"), "", host.Cancel);
        await host.UntilAsync("it runs again", () => host.Lives("kraken-tick").Length == 2 && host.Sequence("kraken-tick") is [.., "Running"]);
        Assert.Equal(["Starting", "Running", "Stopping", "Finished", "Starting", "Running"], host.Sequence("kraken-tick"));
        Assert.True(host.States.TryGetCurrentState("kraken-tick", out var now));
        Assert.Equal("1", SupervisedHost.Property(now.Snapshot, "restarts"));
    }

    [Fact]
    public async Task One_that_hangs_at_every_start_is_judged_every_time_then_given_up_and_does_not_go_on_running_unseen()
    {
        await using var host = new SupervisedHost { Supervision = new() { InitialBackoff = 0.01, MaxBackoff = 0.01, MaxRestarts = 1, LivenessTimeout = 0.2, StartTimeout = 0.5 } };
        host.Add("kraken-tick");
        await File.WriteAllTextAsync(Path.Combine(host.FolderOf("kraken-tick"), "hang"), "", host.Cancel);
        await host.StartAsync("kraken_tick");
        var fatal = await host.StateAsync("kraken-tick", Supervisor.Fatal);
        Assert.Equal(["Starting", "Running", "Stopping", "Finished", "Starting", "Running", "Stopping", "Finished"], host.Sequence("kraken-tick").Take(8));
        Assert.Contains("has not answered for", SupervisedHost.Property(fatal.Snapshot, "error"), StringComparison.Ordinal);
        Assert.Contains("nbpy restart", SupervisedHost.Property(fatal.Snapshot, "error"), StringComparison.Ordinal);
        await host.UntilAsync("no process of it is left", () => host.Lives("kraken-tick").All(pid => !File.Exists($"/proc/{pid}/exe")));
    }

    [Fact]
    public async Task A_storm_of_a_hundred_deaths_burns_no_core_fills_no_disk_and_ends_fatal()
    {
        await using var host = new SupervisedHost { Supervision = new() { InitialBackoff = 0.001, MaxBackoff = 0.001, MaxRestarts = 99 } };
        host.Add("kraken-tick", "#!/bin/sh\necho once\necho twice >&2\nexit 1\n");
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        await host.StartAsync("kraken_tick");
        var fatal = await host.StateAsync("kraken-tick", Supervisor.Fatal);
        process.Refresh();
        Assert.Equal("99", SupervisedHost.Property(fatal.Snapshot, "restarts"));
        Assert.InRange((process.TotalProcessorTime - before).TotalSeconds, 0, 10); // A tenth of a second a death; measured: a tenth of that.
        Assert.InRange(Directory.EnumerateFiles(Path.Combine(host.Folder, "logs")).Sum(f => new FileInfo(f).Length), 1, 10_000);
    }

    [Fact]
    public async Task What_cannot_run_as_it_is_configured_is_final_at_once_what_waits_for_it_fails_and_one_command_brings_all_back()
    {
        await using var host = new SupervisedHost();
        var store = host.Add("influxdb");
        var setup = host.AddJob("influxdb-setup").WaitFor(store);
        var sink = host.Add("kraken-tick").WaitForCompletion(setup);
        host.AddJob("validation").WaitFor(sink);
        await File.WriteAllTextAsync(Path.Combine(host.FolderOf("influxdb"), "refuse"), "2", host.Cancel);
        await host.StartAsync("kraken_tick");
        var fatal = await host.StateAsync("influxdb", Supervisor.Fatal);
        Assert.Contains("ended with exit code 2", SupervisedHost.Property(fatal.Snapshot, "error"), StringComparison.Ordinal);
        Assert.Single(host.Lives("influxdb"));
        foreach (var (name, fate) in ((string, string)[])[("influxdb-setup", "influxdb, which it waits for, is given up"), ("kraken-tick", "influxdb-setup, which it waits for, did not start"), ("validation", "kraken-tick, which it waits for, did not start")])
            Assert.Equal(fate, SupervisedHost.Property((await host.StateAsync(name, "FailedToStart")).Snapshot, "error"));

        File.Delete(Path.Combine(host.FolderOf("influxdb"), "refuse"));
        Assert.True((await host.CommandAsync("influxdb", "restart")).Success);
        await host.StateAsync("validation", "Finished");
        await host.UntilAsync("kraken-tick", s => s.HealthStatus == HealthStatus.Healthy);
        Assert.Single(host.Lives("kraken-tick"));
    }

    [Fact]
    public async Task A_store_that_dies_before_it_is_healthy_costs_its_dependents_nothing_but_time()
    {
        await using var host = new SupervisedHost { Supervision = new() { InitialBackoff = 0.5 } };
        var store = host.Add("influxdb");
        var setup = host.AddJob("influxdb-setup").WaitFor(store);
        host.Add("kraken-tick").WaitForCompletion(setup).WaitFor(store);
        var refuse = Path.Combine(host.FolderOf("influxdb"), "refuse");
        await File.WriteAllTextAsync(refuse, "1", host.Cancel);
        await host.StartAsync("kraken_tick");
        await host.UntilAsync("influxdb", s => SupervisedHost.Property(s, "restarting") is not null);
        File.Delete(refuse);
        await host.UntilAsync("kraken-tick", s => s.HealthStatus == HealthStatus.Healthy);
        Assert.Equal(["Waiting", "Starting", "Running", "Finished"], host.Sequence("influxdb-setup"));
        Assert.Equal(["Waiting", "Starting", "Running"], host.Sequence("kraken-tick"));
    }

    [Fact]
    public async Task A_stop_of_one_that_is_about_to_come_back_is_honoured_and_a_restart_while_its_store_is_away_waits_for_it()
    {
        await using var host = new SupervisedHost { Supervision = new() { InitialBackoff = 0.4 } };
        var store = host.Add("influxdb");
        host.Add("kraken-tick").WaitFor(store);
        await host.StartAsync("kraken_tick");
        await host.UntilAsync("kraken-tick", s => s.HealthStatus == HealthStatus.Healthy);

        // In its backoff: stopped, it stays so.
        var refuse = Path.Combine(host.FolderOf("influxdb"), "refuse");
        await File.WriteAllTextAsync(refuse, "1", host.Cancel);
        Process.GetProcessById(host.Lives("influxdb")[^1]).Kill();
        await host.UntilAsync("influxdb", s => SupervisedHost.Property(s, "restarting") is not null);
        Assert.True((await host.CommandAsync("influxdb", "stop")).Success);
        await host.UntilAsync("influxdb", s => SupervisedHost.Property(s, "restarting") is null);
        Assert.Single(host.Lives("influxdb"));

        // The sink is restarted by command meanwhile: it waits, and comes back with the store.
        Assert.True((await host.CommandAsync("kraken-tick", "restart")).Success);
        await host.StateAsync("kraken-tick", "Waiting");
        Assert.Equal(["Starting", "Running", "Finished"], host.Sequence("influxdb"));
        File.Delete(refuse);
        Assert.True((await host.CommandAsync("influxdb", "start")).Success);
        await host.UntilAsync("kraken-tick", s => s.HealthStatus == HealthStatus.Healthy);
        Assert.Equal(2, host.Lives("kraken-tick").Length);

        // And it is supervised as before.
        Process.GetProcessById(host.Lives("kraken-tick")[^1]).Kill();
        await host.UntilAsync("it came back", () => host.Lives("kraken-tick").Length == 3);
    }
}
