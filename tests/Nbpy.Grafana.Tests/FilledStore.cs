namespace Nbpy.Grafana.Tests;

/// <summary>An embedded store with sample data and the viewer before it, for tests that only look: made once for a class.</summary>
public sealed class FilledStore : IAsyncLifetime
{
    private StoreProcess? store;
    private ViewerFixture? viewer;

    internal ViewerFixture Viewer => viewer!;

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        store = await StoreProcess.StartOrSkipAsync("embedded", cancel);
        await SampleData.FillAsync(store, TimeSpan.FromMinutes(15), cancel);
        viewer = await ViewerFixture.StartAsync(store.Port);
    }

    public async ValueTask DisposeAsync()
    {
        if (viewer is not null)
            await viewer.DisposeAsync();
        if (store is not null)
            await store.DisposeAsync();
    }
}
