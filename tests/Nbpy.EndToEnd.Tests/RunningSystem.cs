namespace Nbpy.EndToEnd.Tests;

/// <summary>A whole system of simulated prices, started once for the tests of a class.</summary>
public sealed class RunningSystem : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(180);

    internal TestSystem System { get; } = TestSystem.Create();

    public async ValueTask InitializeAsync()
    {
        System.Start("--source", "simulated");
        try
        {
            await System.WaitForOutputAsync("Streaming. Ctrl+C", StartLimit);
        }
        catch
        {
            await System.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => System.DisposeAsync();
}
