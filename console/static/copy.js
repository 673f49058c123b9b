// «Chép»: the text of a field to the clipboard; without this file it is marked by hand.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // plain http: the page is not trusted with the clipboard
  }
  button.textContent = button.dataset.done;
});
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
