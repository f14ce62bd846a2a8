using Microsoft.Playwright;
using Xunit;

namespace Nbpy.Tests.Shared;

/// <summary>The machine's own Chromium, driven by Playwright; tests are skipped where there is none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string? Program = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
    private IPlaywright? playwright;
    private readonly List<(string? Test, IBrowserContext Context)> open = [];
    private IBrowser? browser;
    private FileStream? addresses;

    public async ValueTask InitializeAsync()
    {
        if (Program is null)
            return;
        addresses = await MachineLock.KeepAddressesAsync();
        Assertions.SetDefaultExpectTimeout(20_000);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program, Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
        if (addresses is not null)
            await addresses.DisposeAsync();
    }

    /// <summary>A new profile with one page, whose script errors end up in <paramref name="errors"/>.</summary>
    internal async Task<IPage> OpenAsync(List<string> errors, int width = 1280, int height = 800, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipWhen(browser is null, "Chromium is not installed.");
        var test = TestContext.Current.Test?.UniqueID;
        // A page that outlives its test looks for its server without end, and takes the processor from the next one.
        foreach (var old in open.Where(o => o.Test != test).ToList())
        {
            await old.Context.CloseAsync();
            open.Remove(old);
        }

        var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = scheme, HasTouch = width < 600 });
        context.SetDefaultTimeout(20_000);
        open.Add((test, context));
        var page = await context.NewPageAsync();
        page.PageError += (_, e) => errors.Add(e);
        page.Console += (_, m) =>
        {
            if (m.Type == "error")
                errors.Add(m.Text);
        };
        return page;
    }
}
