#:project ../Nbpy.Hosting/Nbpy.Hosting.csproj
#:package Microsoft.Playwright
#:property PublishAot=false

// Measures the host's dashboard in a real Chromium, with a hundred resources (processes that sleep) and one that has printed 100,000 lines. Each page
// is opened in a window of 1280 x 800 with nothing cached, signed in, once to warm up and then seven times. Prints, as medians (ms),
//   paint    from opening the address to the first contentful paint, as the browser itself measures it (target: under 1,000)
//   shown    until every row is there, or the last line
// of the resources and of the console logs. Exit code 1 when a target was missed. Needs Chromium.
// Usage: dotnet run -c Release benchmarks/dashboard.cs         Run it from the project's folder. Ports are chosen by the system.
using System.Diagnostics;
using Microsoft.Playwright;
using Nbpy.Hosting;

const int resources = 100, lines = 100_000;
const double target = 1_000;
var chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists)
    ?? throw new FileNotFoundException("Chromium is not installed.");
var folder = Directory.CreateTempSubdirectory("nbpy-dashboard-benchmark-").FullName;
var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = [$"--Nbpy:LogDirectory={folder}/logs", "--Nbpy:Dashboard:Port=0"], ProjectDirectory = folder });
for (var i = 1; i < resources; i++)
    builder.AddExecutable($"sleeper-{i}", "/bin/sleep", folder, "100000");
builder.AddExecutable("talker", "/bin/sh", folder, "-c", $"seq {lines}; exec sleep 100000");
await using var app = builder.Build();
await app.StartAsync();
var site = builder.Configuration["ASPNETCORE_URLS"]!;
using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] });

var met = true;
foreach (var (name, path, seen) in ((string, string, string)[])[
    ("resources", "/", $"document.querySelectorAll('tr[data-resource]').length === {resources}"),
    ("console", "/consolelogs/resource/talker", $"[...document.querySelectorAll('.line')].some(l => l.innerText.includes('{lines}'))")])
{
    var measured = new List<(double Paint, double Shown)>();
    for (var run = 0; run < 8; run++)
        measured.Add(await OpenAsync(path, seen));
    var paint = Median(measured.Skip(1).Select(m => m.Paint));
    Console.WriteLine($"{name,-10} paint {paint,6:0} ms   shown {Median(measured.Skip(1).Select(m => m.Shown)),6:0} ms   (the first: {measured[0].Paint:0} and {measured[0].Shown:0} ms)");
    met &= paint < target;
}

Console.WriteLine(met ? "met" : $"over the target of {target:0} ms");
return met ? 0 : 1;

async Task<(double Paint, double Shown)> OpenAsync(string path, string seen)
{
    await using var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
    using (var signIn = await SignInAsync())
        await context.AddCookiesAsync(signIn.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0].Split('=', 2)).Select(c => new Cookie { Name = c[0], Value = c[1], Url = site }));
    var page = await context.NewPageAsync();
    var clock = Stopwatch.StartNew();
    await page.GotoAsync(site + path, new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
    await page.WaitForFunctionAsync($"() => {seen}", null, new PageWaitForFunctionOptions { PollingInterval = 20, Timeout = 60_000 });
    var shown = clock.Elapsed.TotalMilliseconds;
    await page.WaitForFunctionAsync("() => performance.getEntriesByName('first-contentful-paint').length > 0");
    return (await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime"), shown);
}

async Task<HttpResponseMessage> SignInAsync()
{
    using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
    return await http.GetAsync(new Uri($"{site}/login?t={builder.Configuration["AppHost:BrowserToken"]}"));
}

static double Median(IEnumerable<double> values)
{
    var sorted = values.Order().ToList();
    return sorted[sorted.Count / 2];
}
