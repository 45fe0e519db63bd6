namespace LoraBridge.Training.Settings.Reading;

/// <summary>What the tutorials' files leave to the reader: their alpha.</summary>
internal static class TutorialDialect
{
    /// <summary>A file with <c>lora_rank</c> and no alpha gets the tutorials' advice, twice the rank; elsewhere no alpha means the rank.</summary>
    public static void DoubleAlpha(Assignments run, List<SettingsProblem> problems)
    {
        if (run.Find("network.alpha") is not null) return;
        if (run.Find("network.rank") is not { Value: int rank } given || NearestName.Normalize(given.Origin.Key.Split('.')[^1]) != "lorarank") return;
        var origin = new SettingOrigin(OriginKind.Derived, "twice the rank, as the tutorials advise", "");
        run.Overlay([new(SettingsCatalog.Get("network.alpha"), 2.0 * rank, origin)]);
        problems.Add(new(Severity.Note, $"lora_alpha is not given: {2 * rank} is taken, for a scale of 2. Write lora_alpha: {rank} for a scale of 1.", given.Origin.Place, ["network.alpha"]));
    }
}
