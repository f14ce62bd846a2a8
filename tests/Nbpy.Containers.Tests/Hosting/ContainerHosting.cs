using Microsoft.Extensions.DependencyInjection;
using Nbpy.Hosting;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Containers.Tests.Hosting;

/// <summary>A host with containers, in a folder of its own: two with the same folder are two runs of one application.</summary>
internal sealed class ContainerHosting : IAsyncDisposable
{
    private readonly CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private DistributedApplication? app;

    public ContainerHosting(string folder, params string[] args)
    {
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--Nbpy:Dashboard:Enabled=false", $"--Nbpy:LogDirectory={folder}/logs", .. args], ProjectDirectory = folder,
        });
    }

    public IDistributedApplicationBuilder Builder { get; }

    public DistributedApplication App => app ??= Builder.Build();

    public CancellationToken Cancel => limit.Token;

    /// <summary>A container of the test's image that runs a script.</summary>
    public IResourceBuilder<ContainerResource> Box(string name, string script) =>
        Builder.AddContainer(name, BoxImage.Name, BoxImage.Tag).WithImagePullPolicy(ImagePullPolicy.Never).WithArgs(script);

    public Task StartAsync() => App.StartAsync(Cancel);

    public async Task<CustomResourceSnapshot> StateAsync(string name, string state)
    {
        // An end that was not waited for ends the wait, with its reason.
        var seen = await App.ResourceNotifications.WaitForResourceAsync(
            name, e => e.Snapshot.State?.Text == state || KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), Cancel);
        Assert.True(seen.Snapshot.State?.Text == state, $"{name} is {seen.Snapshot.State?.Text} {seen.Snapshot.ExitCode}: {Property(seen.Snapshot, "error")}");
        return seen.Snapshot;
    }

    public async Task<string> FailureAsync(string name) => Property(await StateAsync(name, KnownResourceStates.FailedToStart), "error") ?? "";

    public static string? Property(CustomResourceSnapshot snapshot, string name) => snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value?.ToString();

    /// <summary>All lines of a run that has ended.</summary>
    public async Task<string> LogAsync(string name)
    {
        var text = new List<string>();
        await foreach (var lines in App.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(name).WithCancellation(Cancel))
            text.AddRange(lines.Select(l => l.Content));
        return string.Join('\n', text);
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        limit.Dispose();
    }
}
