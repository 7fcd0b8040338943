// Prüft, ob das Skript im CI läuft — sonst wird abgebrochen. Проверка: только CI.
export function enforceCIOnlyExecution(script: string): void {
  if (process.env.CI !== "true") {
    console.error(`[${script}] läuft nur im CI – выход 🚫`);
    process.exit(1);
  }
}
