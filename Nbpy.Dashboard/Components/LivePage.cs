using Microsoft.AspNetCore.Components;
using Nbpy.Dashboard.Server;

namespace Nbpy.Dashboard.Components;

/// <summary>A page that follows what changes: twice a second at most, only when something has, and not while paused.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource gone = new();
    private long drawn = long.MinValue;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    [Inject]
    private ViewSettings View { get; set; } = null!;

    /// <summary>The address.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    internal ViewSettings Settings => View;

    /// <summary>The present time.</summary>
    protected DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Ends when the page does.</summary>
    protected CancellationToken Gone => gone.Token;

    /// <summary>A number that changes with what the page shows.</summary>
    protected abstract long Version { get; }

    /// <summary>Reads what the page shows.</summary>
    protected abstract void Read();

    /// <inheritdoc/>
    protected override void OnParametersSet() => ReadNow();

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender)
            return;
        View.Changed += OnSettingsChanged;
        _ = FollowAsync();
    }

    /// <summary>Reads and draws at once: after a filter has changed, for one.</summary>
    protected void ReadNow()
    {
        drawn = Version;
        Read();
    }

    /// <summary>Puts the filters into the address, so that it can be sent to somebody.</summary>
    /// <param name="values">Query values; null takes one out.</param>
    protected void SetQuery(params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var changes = new Dictionary<string, object?>();
        foreach (var (name, value) in values)
            changes[name] = value is "" or false ? null : value;
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(changes), replace: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends what the page has begun.</summary>
    protected virtual void Dispose(bool disposing)
    {
        View.Changed -= OnSettingsChanged;
        gone.Cancel();
        gone.Dispose();
    }

    private void OnSettingsChanged() => _ = InvokeAsync(StateHasChanged);

    private async Task FollowAsync()
    {
        using var timer = new PeriodicTimer(Period, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(gone.Token))
            {
                if (View.Paused || Version == drawn)
                    continue;
                ReadNow();
                StateHasChanged();
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The page has been left.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }
}
