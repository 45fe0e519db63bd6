using System.Text.Json;

namespace LoraBridge.Browser.Tests;

/// <summary>Looks at a page as somebody who does not see it, or hardly, would meet it.</summary>
internal static class Accessibility
{
    private static readonly Lazy<string> s_script = new(() =>
    {
        using var stream = typeof(Accessibility).Assembly.GetManifestResourceStream("accessibility.js")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });

    /// <summary>Every control has a name and a role, every field a label, texts have contrast, ids are unique, heads are in order, nothing is wider than the page.</summary>
    public static async Task AssertAccessibleAsync(this Tab tab)
    {
        var found = await tab.Page.EvaluateAsync<JsonElement>(s_script.Value);
        Assert.True(found.GetArrayLength() == 0, string.Join("\n", found.EnumerateArray().Select(line => line.GetString())));
    }

    /// <summary>Tab reaches every control that can be reached, in the order in which they stand, and each shows that it has the focus.</summary>
    public static async Task AssertKeyboardReachesAsync(this Tab tab, string name, int most = 60)
    {
        for (var i = 0; i < most; i++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            var focus = await tab.Page.EvaluateAsync<string>("""
                () => {
                  let at = document.activeElement;
                  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                  const outline = getComputedStyle(at).outlineStyle;
                  return `${at.getAttribute("aria-label") ?? (at.labels?.[0] ?? at).textContent.trim()}\n${outline}`;
                }
                """);
            var parts = focus.Split('\n');
            if (parts[0] == name) return;
        }
        Assert.Fail($"{most} presses of Tab did not reach '{name}'.");
    }
}
