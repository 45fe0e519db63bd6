using System.Text.Json.Nodes;

namespace LoraBridge.Browser.Tests;

/// <summary>A training as it is watched, through reloads, restarts and several tabs.</summary>
[Collection(Browser.Name)]
public sealed class WatchTests(Browser browser) : IAsyncLifetime
{
    private static readonly JsonObject s_drawing = new()
    {
        ["samples.prompts"] = new JsonArray("red apple"),
        ["samples.everyEpochs"] = 2,
        ["samples.atFirst"] = true,
        ["samples.seed"] = 4,

        ["samples.steps"] = 6,
        ["validation.split"] = 0.25,
        ["validation.everyEpochs"] = 1,
    };

    /// <summary>What the page makes of events that were saved before the pairs of timestep and loss had names, and of a step that is taken again.</summary>
    private const string OldAndNewEvents = """
        (async () => {
          const { RunHistory } = await import("/views/watch/history.mjs"), run = new RunHistory();
          run.take({ kind: "validation", body: { step: 1, result: { loss: 1, drift: 0, byTimestep: [{ item1: 200, item2: 0.5 }, { timestep: 400, loss: 0.25 }] } } });
          for (const [step, loss] of [[1, 1], [2, 9], [2, 0.5]]) run.take({ kind: "step", body: { step, loss, byTimestep: [{ timestep: 600, loss }] } });
          run.take({ kind: "step", body: { step: 3, loss: 1 } });
          return [...[...run.bands].flatMap(([timestep, points]) => [timestep, points[0][1]]), run.trained.get(600)[1][1], run.trained.size];
        })()
        """;

    private PageServer _server = null!;

    public async Task InitializeAsync() => _server = await PageServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task ATraining_IsWatchedPausedReloadedAndSaved()
    {
        var (_, folder) = await _server.MakeDatasetAsync("outlines");
        var id = await _server.TrainAsync("long", folder, 3000, s_drawing);
        await using var tab = await Tab.OpenAsync(browser, _server, $"watch/{id}");
        var page = tab.Page;
        await Expect(page.Locator(".film img").Nth(1)).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await StepAsync(page, 8);
        await tab.AssertAccessibleAsync();

        // another tab sees the same, and what is done in one is seen in the other
        await using var other = await tab.AnotherAsync(_server, $"watch/{id}");
        await StepAsync(other.Page, 8);
        await other.Button("Pause").ClickAsync();
        await Expect(page.Locator("h1 + p .badge")).ToHaveTextAsync("paused");
        await Expect(other.Page.Locator("h1 + p .badge")).ToHaveTextAsync("paused");
        await tab.Button("Go on").ClickAsync();
        var before = await LastStepAsync(page);
        await StepAsync(page, before + 2);

        // a reload in the middle has the whole history again
        await page.ReloadAsync();
        await StepAsync(page, before + 3);
        Assert.Equal(1, await page.EvaluateAsync<int>("document.querySelector('lorabridge-app').shadowRoot.querySelector('lb-chart').lines[1].points[0][0]"));
        await page.GetByRole(AriaRole.Radio, new() { Name = "By timestep" }).CheckAsync();
        // of the pictures that are trained, smoothed, and of those set aside
        await Expect(page.GetByText("timestep 200", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.GetByText("timestep 200, set aside")).ToBeVisibleAsync();
        double[] expected = [200, 0.5, 400, 0.25, 0.75, 1];
        Assert.Equal(expected, await page.EvaluateAsync<double[]>(OldAndNewEvents));
        await tab.ShowAsync("watch");

        await tab.Button("Stop and save").ClickAsync();
        await Expect(page.GetByText("Your LoRA is ready.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await tab.AssertAccessibleAsync();
        await page.Locator(".film button").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Before");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Epoch 2");
        await tab.AssertAccessibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await tab.Button("Use it").ClickAsync();
        await Expect(page.GetByText("long is in your library.")).ToBeVisibleAsync();
        Assert.True(File.Exists(Path.Combine(_server.Data, "loras", "long.safetensors")));
        await tab.ShowAsync("watch-done", whole: true);
        tab.AssertQuiet();
        other.AssertQuiet();
    }

    [Fact]
    public async Task AServerThatIsKilled_GoesOn_AndThePageWithIt()
    {
        var (_, folder) = await _server.MakeDatasetAsync("outlines");
        var id = await _server.TrainAsync("killed", folder, 3000, new() { ["saving.everySteps"] = 5, ["saving.keepLast"] = 2 });
        await using var tab = await Tab.OpenAsync(browser, _server, $"watch/{id}", width: 360, dark: true);
        await StepAsync(tab.Page, 12);
        await _server.KillAsync();
        await Expect(tab.Page.GetByText("The server does not answer.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("watch-offline-phone");
        var before = await LastStepAsync(tab.Page);
        await _server.StartAgainAsync();
        await StepAsync(tab.Page, before + 5);
        await Expect(tab.Page.GetByText("The server does not answer.")).ToBeHiddenAsync();
        // every step is there once, from the first on
        var steps = await tab.Page.EvaluateAsync<int[]>("document.querySelector('lorabridge-app').shadowRoot.querySelector('lb-chart').lines[1].points.map(point => point[0])");
        Assert.Equal(Enumerable.Range(1, steps.Length), steps);
        tab.AssertQuiet("ERR_CONNECTION", "ERR_EMPTY", "ERR_INCOMPLETE");
    }

    [Fact]
    public async Task ThreeMoreEpochs_GoOnWhereItEnded_AndTheQueueIsOrderedByKeysAndByHand()
    {
        var (_, folder) = await _server.MakeDatasetAsync("outlines");
        var id = await _server.TrainAsync("brief", folder, 2);
        await using var tab = await Tab.OpenAsync(browser, _server, $"watch/{id}");
        var page = tab.Page;
        await Expect(page.GetByText("Your LoRA is ready.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Train more epochs" }).ClickAsync();
        await Expect(tab.Field("How many more epochs?")).ToHaveValueAsync("3");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Ended at step 10 of 10, epoch 5")).ToBeVisibleAsync(new() { Timeout = 60_000 });

        var long1 = await _server.TrainAsync("working", folder, 3000);
        foreach (var name in (string[])["one", "two", "three"]) await _server.TrainAsync(name, folder, 1);
        await tab.GoAsync(_server, "watch");
        var names = page.GetByRole(AriaRole.List, new() { Name = "Waiting" }).Locator(".job-name");
        await Expect(names).ToHaveTextAsync(["one", "two", "three"]);
        await tab.AssertAccessibleAsync();
        await tab.ShowAsync("watch-queue");
        await tab.Button("Move three up").ClickAsync();
        await Expect(names).ToHaveTextAsync(["one", "three", "two"]);
        await Expect(tab.Button("Move three up")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(names).ToHaveTextAsync(["three", "one", "two"]);
        await page.Locator(".job", new() { HasText = "two" }).DragToAsync(page.Locator(".job", new() { HasText = "three" }), new() { TargetPosition = new() { X = 60, Y = 4 } });
        await Expect(names).ToHaveTextAsync(["two", "three", "one"]);
        Assert.Equal(["two", "three", "one"], (await _server.GetAsync("jobs?state=queued"))["jobs"]!.AsArray().Select(job => job!["name"]!.GetValue<string>()));
        await _server.PostAsync($"jobs/{long1}/cancel", new JsonObject());
        tab.AssertQuiet();
    }

    private static async Task StepAsync(IPage page, int step) =>
        await page.WaitForFunctionAsync("step => (document.querySelector('lorabridge-app').shadowRoot.querySelector('lb-watch')?.run?.history?.last?.step ?? 0) >= step", step, new() { Timeout = 60_000 });

    private static Task<int> LastStepAsync(IPage page) => page.EvaluateAsync<int>("document.querySelector('lorabridge-app').shadowRoot.querySelector('lb-watch').run.history.last.step");
}
