using System.Globalization;
using LoraBridge.Training.Logging;

namespace LoraBridge.Training.Validation;

/// <summary>The loss on pictures set aside, over a whole run: whether the adapter has learned what its pictures have in common.</summary>
/// <param name="Before">With the adapter untrained, which is the base model's.</param>
/// <param name="After">At the end.</param>
/// <param name="Least">The least in between.</param>
/// <param name="LeastAt">The step of the least.</param>
public sealed record HeldOutLoss(double Before, double After, double Least, long LeastAt)
{
    /// <summary>Whether the adapter predicts such pictures better than the base model does.</summary>
    public bool HasLearned => After < Before;

    /// <summary>The same in words, with the cure where it has not.</summary>
    public string Sentence => HasLearned
        ? string.Create(CultureInfo.InvariantCulture, $"On the pictures set aside the loss fell from {Before:0.0000} to {After:0.0000} ({100 * (After / Before - 1):0.0} %).")
        : string.Create(CultureInfo.InvariantCulture, $"On the pictures set aside the adapter does no better than the base model: the loss was {Before:0.0000} before and is {After:0.0000} now. ")
            + (Least < Before
                ? string.Create(CultureInfo.InvariantCulture, $"After step {LeastAt} it was {Least:0.0000}: take the checkpoint nearest to it, or set earlyStop.patience.")
                : "Train longer or at a higher rate, or look whether the captions say what the pictures show.");

    /// <summary>Takes the numbers out of a run's history; null where it has none.</summary>
    internal static HeldOutLoss? Of(IEnumerable<HistoryEntry> entries)
    {
        var looks = entries.Where(entry => entry.Validation?.ContainsKey(HistoryEntry.ValidationLoss) == true)
            .Select(entry => (entry.Step, Loss: entry.Validation![HistoryEntry.ValidationLoss])).ToList();
        if (looks.Count < 2 || looks[0].Step != 0) return null;
        var least = looks.MinBy(look => look.Loss);
        return new(looks[0].Loss, looks[^1].Loss, least.Loss, least.Step);
    }
}
